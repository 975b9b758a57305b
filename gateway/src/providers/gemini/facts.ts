import { type AnswerFacts, readFact } from "../../conversation/answer.ts";
import type { JsonObject } from "../../json.ts";

/** What an answer, or a chunk of one, says about itself. Tiers of service are not told. */
export const readFacts = (answer: JsonObject): AnswerFacts => ({
  upstreamId: readFact(answer["responseId"]),
  upstreamModel: readFact(answer["modelVersion"]),
  serviceTier: null,
});
