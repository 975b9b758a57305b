import { type AnswerFacts, readFact } from "../../conversation/answer.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";

/** What a message says about itself. Its speed has a price of its own, so that a fast answer has that for its tier. */
export const readFacts = (message: JsonObject): AnswerFacts => {
  const usage = isJsonObject(message["usage"]) ? message["usage"] : {};
  return {
    upstreamId: readFact(message["id"]),
    upstreamModel: readFact(message["model"]),
    serviceTier: usage["speed"] === "fast" ? "fast" : readFact(usage["service_tier"]),
  };
};
