import type { GenerationRequest } from "../conversation/request.ts";

/** A request for one answer in text to a short question, which says nothing else but what is given. */
export const generationRequest = (given: Partial<GenerationRequest> = {}): GenerationRequest => ({
  turns: [{ role: "user", parts: [{ type: "text", text: "What colour?" }] }],
  tools: [],
  toolChoice: undefined,
  parallelToolCalls: undefined,
  output: { type: "text" },
  reasoning: undefined,
  sampling: {},
  maxOutputTokens: undefined,
  choices: 1,
  endUser: undefined,
  unmapped: [],
  ...given,
});
