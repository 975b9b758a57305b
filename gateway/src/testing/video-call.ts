import { encodeJson, type JsonObject } from "../json.ts";
import { type CallerBounds, noBounds, type VideoJob } from "../ports.ts";
import type { Call } from "../receive/call.ts";
import { readCall, readFormOf } from "../receive/read-call.ts";
import { pngBytes } from "./image-call.ts";

/** An order for a film as the gateway reads it from JSON: of the model `m`. */
export const videoCall = (more: JsonObject = {}, bounds: CallerBounds = noBounds): Call => {
  const bytes = encodeJson({ model: "m", prompt: "Waves", ...more });
  return readCall({ endpoint: "videos", bytes, maxDepth: 32, bounds, header: () => undefined });
};

/** The same by a form as the web's own interface writes it; `files` are media types by field. */
export const videoFormCall = async (
  fields: Readonly<Record<string, string>> = {},
  { files = {}, bounds = noBounds }: { files?: Readonly<Record<string, string>>; bounds?: CallerBounds } = {},
): Promise<Call> => {
  const form = new FormData();
  for (const [field, value] of Object.entries({ model: "m", prompt: "Waves", ...fields })) form.append(field, value);
  for (const [field, type] of Object.entries(files)) form.append(field, new File([pngBytes], "first.png", { type }));
  const response = new Response(form);
  const contentType = response.headers.get("content-type") ?? undefined;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const header = (name: string): string | undefined => (name === "content-type" ? contentType : undefined);
  const read = await readFormOf("videos", { bytes, header });
  return readCall({ endpoint: "videos", bytes, form: read, maxDepth: 32, bounds, header });
};

/** A film of Veo's that was ordered and remembered. */
export const videoJob = (upstreamId = "models/veo-3.0/operations/abc"): VideoJob => ({
  id: "video_1",
  accountId: "user_1",
  requestId: "req_7",
  deployment: "dep_1",
  provider: "gemini",
  upstreamId,
  model: "m",
  video: { id: "video_1", object: "video", model: "m", progress: 0, seconds: "4", size: "1280x720", status: "queued" },
  createdAt: new Date(0),
});
