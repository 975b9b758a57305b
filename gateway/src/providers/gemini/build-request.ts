import { encodeJson, type JsonObject } from "../../json.ts";
import type { GenerationArgs, ProviderRequest } from "../provider.ts";
import { writeContents } from "./contents.ts";
import { generationConfig } from "./generation-config.ts";
import { familyOf, modelPath } from "./model-family.ts";
import { toolFields } from "./tools.ts";

/** A POST with a JSON body; the method stands after a colon, as Google's interfaces have it. */
export const geminiRequest = (
  model: string,
  method: string,
  body: JsonObject,
  { requestId, stream = false }: { requestId: string; stream?: boolean },
): ProviderRequest => ({
  method: "POST",
  path: `/v1beta/${modelPath(model)}:${method}`,
  headers: {
    "content-type": "application/json",
    accept: stream ? "text/event-stream" : "application/json",
    "accept-encoding": "identity",
    "x-request-id": requestId,
  },
  body: encodeJson(body),
});

/**
 * `generateContent`, or `streamGenerateContent` with server-sent events. Schemas go into the fields for JSON Schema
 * (`parametersJsonSchema`, `responseJsonSchema`), which hold more than the older ones of Google's own form.
 */
export const buildRequest = ({ request, stream, route, requestId, notes }: GenerationArgs): ProviderRequest => {
  for (const { field } of request.unmapped) notes.lost(field, "Gemini has nothing like it");
  if (request.endUser !== undefined) notes.lost("user", "Gemini is not told who is behind a request");
  const family = familyOf(route.upstreamModel);
  const config = generationConfig(request, family, notes);
  const body = {
    ...writeContents(request.turns, family, notes),
    ...toolFields(request, notes),
    ...(Object.keys(config).length === 0 ? {} : { generationConfig: config }),
  };
  const method = stream ? "streamGenerateContent?alt=sse" : "generateContent";
  return geminiRequest(route.upstreamModel, method, body, { requestId, stream });
};
