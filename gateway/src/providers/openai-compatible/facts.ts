import { type AnswerFacts, readFact } from "../../conversation/answer.ts";
import type { JsonObject } from "../../json.ts";

/** What an answer of the OpenAI dialect, or a chunk of one, says about itself. */
export const readFacts = (answer: JsonObject): AnswerFacts => ({
  upstreamId: readFact(answer["id"]),
  upstreamModel: readFact(answer["model"]),
  serviceTier: readFact(answer["service_tier"]),
});
