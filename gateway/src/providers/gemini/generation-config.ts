import { describedSchema } from "../../conversation/described-schema.ts";
import type { TranslationNotes } from "../../conversation/notes.ts";
import type { GenerationRequest, OutputFormat, Sampling } from "../../conversation/request.ts";
import type { JsonObject } from "../../json.ts";
import { convertSchema } from "./convert-schema.ts";
import type { ModelFamily } from "./model-family.ts";
import { thinkingConfig } from "./thinking.ts";

const maxStopSequences = 5;
const maxCandidates = 8;
const maxTemperature = 2;

const stopSequences = (stop: Sampling["stop"], notes: TranslationNotes): readonly string[] | undefined => {
  if (stop === undefined || stop.length === 0) return undefined;
  if (stop.length > maxStopSequences) notes.lost("stop", `Gemini takes ${maxStopSequences}, the others were left out`);
  return stop.slice(0, maxStopSequences);
};

const temperatureOf = ({ temperature }: Sampling, notes: TranslationNotes): number | undefined => {
  if (temperature === undefined || temperature <= maxTemperature) return temperature;
  notes.lost("temperature", `Gemini takes at most ${maxTemperature}, which was sent`);
  return maxTemperature;
};

const outputFormat = (output: OutputFormat, notes: TranslationNotes): JsonObject => {
  if (output.type === "text") return {};
  if (output.type === "json") return { responseMimeType: "application/json" };
  return {
    responseMimeType: "application/json",
    responseJsonSchema: convertSchema(describedSchema(output), "response_format", notes),
  };
};

const candidates = (choices: number, notes: TranslationNotes): number | undefined => {
  if (choices > maxCandidates) notes.refuse("n", `Gemini gives at most ${maxCandidates} answers`);
  return choices === 1 ? undefined : choices;
};

const withoutAbsent = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** `generationConfig`; empty when everything is left to the model. */
export const generationConfig = (
  request: GenerationRequest,
  family: ModelFamily,
  notes: TranslationNotes,
): JsonObject => {
  const { sampling, choices, maxOutputTokens, output, reasoning } = request;
  const { topP, topK, seed, presencePenalty, frequencyPenalty, topLogprobs } = sampling;
  if (topLogprobs !== undefined) notes.lost("logprobs", "those of Gemini are not translated");
  return withoutAbsent({
    temperature: temperatureOf(sampling, notes),
    topP,
    topK,
    seed,
    presencePenalty,
    frequencyPenalty,
    stopSequences: stopSequences(sampling.stop, notes),
    candidateCount: candidates(choices, notes),
    maxOutputTokens,
    ...outputFormat(output, notes),
    thinkingConfig: thinkingConfig(reasoning, family, notes),
  });
};
