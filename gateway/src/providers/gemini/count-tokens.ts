import { countAt, readCountRequest } from "../counting.ts";
import type { Translation, TranslationArgs } from "../provider.ts";
import { geminiRequest } from "./build-request.ts";
import { writeContents } from "./contents.ts";
import { familyOf, modelPath } from "./model-family.ts";
import { toolFields } from "./tools.ts";

/** `countTokens`, of a prompt of the Messages API with its system and its tools. */
export const countMessageTokens = ({ call, route, requestId, notes }: TranslationArgs): Translation => {
  const { upstreamModel } = route;
  const request = readCountRequest(call, notes);
  const generateContentRequest = {
    model: decodeURI(modelPath(upstreamModel)),
    ...writeContents(request.turns, familyOf(upstreamModel), notes),
    ...toolFields(request, notes),
  };
  const body = { generateContentRequest };
  return countAt(geminiRequest(upstreamModel, "countTokens", body, { requestId }), "totalTokens");
};
