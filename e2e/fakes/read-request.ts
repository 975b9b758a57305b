import type { IncomingMessage } from "node:http";
import { isObject, type JsonObject } from "./json.ts";
import { ProviderError, type FakeRequest } from "./reply.ts";

const readBytes = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
};

const readForm = (bytes: Buffer, contentType: string): Promise<FormData> =>
  new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } }).formData();

/** The text fields of a form; `image[]` is the list `image`. */
const fieldsOf = (form: FormData): JsonObject =>
  Object.fromEntries([...form].filter((field): field is [string, string] => typeof field[1] === "string"));

const readJson = (bytes: Buffer): JsonObject | undefined => {
  if (bytes.length === 0) return {};
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Reads a whole request. A body that is no JSON object comes back as the error that it is. */
export const readRequest = async (
  request: IncomingMessage,
): Promise<{ incoming: Omit<FakeRequest, "call">; bad: ProviderError | undefined }> => {
  const url = new URL(request.url ?? "/", "http://fake");
  const bytes = await readBytes(request);
  const contentType = request.headers["content-type"] ?? "";
  const form = contentType.startsWith("multipart/form-data") ? await readForm(bytes, contentType) : undefined;
  const body = form === undefined ? readJson(bytes) : fieldsOf(form);
  const incoming = {
    method: request.method ?? "GET",
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: request.headers,
    body: body ?? {},
    form,
  };
  const bad =
    body === undefined ? new ProviderError(400, "We could not parse the JSON body of your request.") : undefined;
  return { incoming, bad };
};
