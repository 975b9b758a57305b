import { encodeJson, type JsonObject } from "../json.ts";
import { type CallerBounds, noBounds } from "../ports.ts";
import type { Call } from "../receive/call.ts";
import { readCall, readFormOf } from "../receive/read-call.ts";

/** A request for new pictures as the gateway reads it: to the model `m`. */
export const imageCall = (more: JsonObject = {}, bounds: CallerBounds = noBounds): Call => {
  const bytes = encodeJson({ model: "m", prompt: "A green tree", ...more });
  return readCall({ endpoint: "images/generations", bytes, maxDepth: 32, bounds, header: () => undefined });
};

export const pngBytes = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);

/** A request for changed pictures, by a form as the web's own interface writes it. */
export const imageFormCall = async (
  fields: Readonly<Record<string, string>>,
  {
    endpoint = "images/edits",
    files = ["image"],
    bounds = noBounds,
  }: { endpoint?: "images/edits" | "images/variations"; files?: readonly string[]; bounds?: CallerBounds } = {},
): Promise<Call> => {
  const form = new FormData();
  for (const [field, value] of Object.entries({ model: "m", ...fields })) form.append(field, value);
  for (const field of files) form.append(field, new File([pngBytes], `${field}.png`, { type: "image/png" }));
  const response = new Response(form);
  const contentType = response.headers.get("content-type") ?? undefined;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const header = (name: string): string | undefined => (name === "content-type" ? contentType : undefined);
  const read = await readFormOf(endpoint, { bytes, header });
  return readCall({ endpoint, bytes, form: read, maxDepth: 32, bounds, header });
};
