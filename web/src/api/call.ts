import { ApiError, type ErrorDetails } from "@llm-tuner/contract/errors.ts";
import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import type { z } from "zod";
import { fileNameOf, saveFile } from "../ui/save-file.ts";
import { recentSignIn } from "./recent-sign-in.ts";
import { currentSession, forgetSession, freshSession, renewSession, sessionHeaders } from "./session.ts";

/** The platform said no, or could not be reached; every view shows it through one component. */
export class CallError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: ErrorDetails | undefined;
  readonly requestId: string | undefined;

  constructor(init: {
    status: number;
    code: string;
    message: string;
    details?: ErrorDetails | undefined;
    requestId?: string | undefined;
  }) {
    super(init.message);
    this.name = "CallError";
    this.status = init.status;
    this.code = init.code;
    this.details = init.details;
    this.requestId = init.requestId;
  }
}

type Sent<Schema, Name extends string> = Schema extends z.ZodType ? { [Key in Name]: z.input<Schema> } : unknown;

/** What a call of the endpoint needs, read off its schemas. */
export type CallInput<E extends Endpoint> = Sent<E["params"], "params"> &
  Sent<E["body"], "body"> & { query?: E["query"] extends z.ZodType ? z.input<E["query"]> : never; form?: FormData };

/** The body of any of the endpoint's answers. */
export type CallResult<E extends Endpoint> = {
  [Status in keyof E["responses"]]: E["responses"][Status] extends { schema: infer Schema extends z.ZodType }
    ? z.infer<Schema>
    : undefined;
}[keyof E["responses"]];

interface LooseInput {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  form?: FormData;
}

/** A parameter as it stands in a URL: strings as they are, numbers and booleans in JSON's notation. */
const urlText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const urlOf = (endpoint: Endpoint, { params = {}, query = {} }: LooseInput): string => {
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(urlText(params[name])));
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, urlText(value)]])),
  );
  return search.size === 0 ? path : `${path}?${search}`;
};

/** The error that an answer which is not OK stands for. */
export const errorOf = async (response: Response): Promise<CallError> => {
  const text = await response.text();
  const parsed = ApiError.safeParse(parseJson(text));
  if (!parsed.success) {
    return new CallError({
      status: response.status,
      code: "unexpected_answer",
      message: `The platform answered ${response.status}.`,
    });
  }
  const { code, message, details, request_id } = parsed.data.error;
  return new CallError({ status: response.status, code, message, details, requestId: request_id });
};

/** What a text holds as JSON; undefined where it is none. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, for instance a proxy's own error page: the caller says so with the status.
    return undefined;
  }
};

const fetchHere = async (url: string, init: RequestInit): Promise<Response> => {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(sessionHeaders)) headers.set(name, value);
  try {
    return await fetch(url, { ...init, headers, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new CallError({
      status: 0,
      code: "offline",
      message: "The platform cannot be reached. Check that it runs, then try again.",
    });
  }
};

/** Whether the session was refused; a wrong password answers 401 as well, and says nothing about the session. */
const isSessionRefused = async (response: Response): Promise<boolean> =>
  response.status === 401 && (await errorOf(response.clone())).code !== "invalid_credentials";

/** A fetch within the session, which is renewed once when it is refused; a lost connection becomes a CallError. */
export const authorisedFetch = async (url: string, init: RequestInit): Promise<Response> => {
  await freshSession();
  const session = currentSession();
  const response = await fetchHere(url, init);
  if (session === undefined || !(await isSessionRefused(response))) return response;
  if (!(await renewSession(session))) return response;
  const repeated = await fetchHere(url, init);
  // New cookies that are refused at once will not get better: the person signs in again.
  if (await isSessionRefused(repeated)) forgetSession();
  return repeated;
};

const send = async (endpoint: Endpoint, input: LooseInput): Promise<Response> => {
  const init: RequestInit = {
    method: endpoint.method,
    ...(input.form === undefined ? {} : { body: input.form }),
    ...(input.body === undefined
      ? {}
      : { body: JSON.stringify(input.body), headers: { "content-type": "application/json" } }),
  };
  const url = urlOf(endpoint, input);
  const response = await (endpoint.access === "public" ? fetchHere(url, init) : authorisedFetch(url, init));
  if (!response.ok) throw await errorOf(response);
  return response;
};

/** Where the platform wants a recent sign-in, the person is asked for it and the call is repeated. */
const sendProven = async (endpoint: Endpoint, input: LooseInput): Promise<Response> => {
  try {
    return await send(endpoint, input);
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== "reauthentication_required") throw error;
    if (await recentSignIn()) return send(endpoint, input);
    throw new CallError({
      status: error.status,
      code: error.code,
      message: "Nothing was done: you did not confirm that it is you.",
    });
  }
};

/** Calls an endpoint of the contract; input and answer are typed by its schemas. Throws CallError. */
export const call = async <E extends Endpoint>(endpoint: E, input: CallInput<E>): Promise<CallResult<E>> => {
  const response = await sendProven(endpoint, input);
  const schema = endpoint.responses[response.status]?.schema;
  // The schema is the endpoint's own for this status; indexing by a number loses that it is one of CallResult's.
  return (schema === undefined ? undefined : schema.parse(await response.json())) as CallResult<E>;
};

/** Calls an endpoint that answers with a file, and hands the file to the browser's downloads. */
export const download = async <E extends Endpoint>(
  endpoint: E,
  input: CallInput<E>,
  fallbackName: string,
): Promise<void> => {
  const response = await sendProven(endpoint, input);
  saveFile(await response.blob(), fileNameOf(response.headers.get("content-disposition")) ?? fallbackName);
};
