import type { TranslationNotes } from "../../conversation/notes.ts";
import type { GenerationRequest } from "../../conversation/request.ts";
import { encodeJson, type JsonObject } from "../../json.ts";
import type { ModelRoute } from "../../ports.ts";
import type { GenerationArgs, ProviderRequest } from "../provider.ts";
import { requestHeaders } from "./headers.ts";
import { familyOf } from "./model-family.ts";
import { writeSampling, writeThinking } from "./thinking.ts";
import { usesAnswerTool, writeFormat, writeTools } from "./tools.ts";
import { writeTurns } from "./write-turns.ts";

/** Of an answer that neither the caller nor the catalogue bounds: every model that is served today can give it. */
export const defaultMaxTokens = 8_192;

const maxTokensOf = (
  { maxOutputTokens }: GenerationRequest,
  route: Pick<ModelRoute, "maxOutputTokens">,
  notes: TranslationNotes,
): number => {
  const known = maxOutputTokens ?? route.maxOutputTokens;
  if (known !== null && known !== undefined) return known;
  notes.lost("max_tokens", `this provider wants one; set to ${defaultMaxTokens}`);
  return defaultMaxTokens;
};

const outputConfig = (effort: string | undefined, format: JsonObject | undefined): JsonObject => {
  if (effort === undefined && format === undefined) return {};
  return {
    output_config: { ...(effort === undefined ? {} : { effort }), ...(format === undefined ? {} : { format }) },
  };
};

/** The body of `POST /v1/messages`. */
export const buildBody = ({ request, stream, route, notes }: Omit<GenerationArgs, "requestId">): JsonObject => {
  const family = familyOf(route.upstreamModel);
  for (const { field } of request.unmapped) notes.lost(field, "this provider has nothing like it");
  if (request.choices > 1) notes.refuse("n", "this provider gives one answer to a request");
  const maxTokens = maxTokensOf(request, route, notes);
  const { system, messages, calledTools, lacksThoughts } = writeTurns(request.turns, notes);
  const mustCall = usesAnswerTool(request.output, family);
  const thinking = writeThinking({ request, family, maxTokens, notes, lacksThoughts, mustCall });
  return {
    model: route.upstreamModel,
    max_tokens: maxTokens,
    ...(system.length === 0 ? {} : { system }),
    messages,
    ...writeTools({ request, family, calledTools, notes }),
    ...thinking.fields,
    ...outputConfig(thinking.effort, writeFormat(request, { family, notes })),
    ...writeSampling(request.sampling, { family, thinks: thinking.on, notes }),
    ...(request.endUser === undefined ? {} : { metadata: { user_id: request.endUser } }),
    ...(stream ? { stream } : {}),
  };
};

/** A request of the Messages API for a caller of another dialect. */
export const buildRequest = (args: GenerationArgs): ProviderRequest => ({
  method: "POST",
  path: "/v1/messages",
  headers: requestHeaders(args),
  body: encodeJson(buildBody(args)),
});
