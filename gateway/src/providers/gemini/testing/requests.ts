import { TranslationNotes } from "../../../conversation/notes.ts";
import type { GenerationRequest, Turn } from "../../../conversation/request.ts";
import { decodeJsonObject, type JsonObject } from "../../../json.ts";
import type { ModelRoute } from "../../../ports.ts";
import { generationRequest } from "../../../testing/generation-request.ts";
import { routeAt } from "../../../testing/translation-args.ts";
import { buildRequest } from "../build-request.ts";

export const routeTo = (upstreamModel: string): ModelRoute => routeAt("gemini", upstreamModel);

/** What a request becomes, and the warnings that the caller would read. */
export const built = (
  given: Partial<GenerationRequest>,
  { model = "gemini-2.5-flash", stream = false, strict = false } = {},
): { path: string; body: JsonObject; warnings: string | undefined } => {
  const notes = new TranslationNotes({ strict });
  const route = routeTo(model);
  const { path, body } = buildRequest({ request: generationRequest(given), stream, route, requestId: "req_1", notes });
  return { path, body: decodeJsonObject(body ?? new Uint8Array(0)) ?? {}, warnings: notes.header() };
};

export const user = (...parts: Turn["parts"]): Turn => ({ role: "user", parts });
export const assistant = (...parts: Turn["parts"]): Turn => ({ role: "assistant", parts });
export const say = (text: string): Turn["parts"][number] => ({ type: "text", text });
