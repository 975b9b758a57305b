import { unsupportedParameter } from "../../conversation/notes.ts";
import type { GenerationRequest, OutputFormat, ReasoningWish, Sampling } from "../../conversation/request.ts";
import { type BodyFields, isAbsent, unreadFields, wrongField } from "../body-fields.ts";

/** What chat completions and completions have in common. A stop text of null is the same as none. */
export const readSampling = (body: BodyFields, topLogprobs: number | undefined): Sampling => {
  const stop = body.optionalTexts("stop");
  const fields = {
    temperature: body.optionalNumber("temperature"),
    topP: body.optionalNumber("top_p"),
    topK: body.optionalNumber("top_k"),
    seed: body.optionalNumber("seed"),
    presencePenalty: body.optionalNumber("presence_penalty"),
    frequencyPenalty: body.optionalNumber("frequency_penalty"),
    topLogprobs,
    stop: stop === undefined || stop.length === 0 ? undefined : stop,
  };
  const sampling: Sampling = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) Object.assign(sampling, { [name]: value });
  return sampling;
};

export const readChoices = (body: BodyFields): number => {
  const choices = body.optionalCount("n") ?? 1;
  if (choices === 0) throw wrongField("n", "at least 1");
  return choices;
};

/** The two names of the person behind the request; the newer one is meant where both are sent. */
export const readEndUser = (body: BodyFields): string | undefined =>
  body.optionalText("safety_identifier") ?? body.optionalText("user");

export const readOutput = (body: BodyFields): OutputFormat => {
  const format = body.optionalObject("response_format");
  const type = format?.text("type") ?? "text";
  if (format === undefined || type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema") throw wrongField(format.pathOf("type"), "text, json_object or json_schema");
  const definition = format.object("json_schema");
  const description = definition.optionalText("description");
  const strict = definition.optionalBoolean("strict");
  return {
    type: "json-schema",
    name: definition.text("name"),
    schema: definition.optionalObject("schema")?.value ?? { type: "object" },
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
};

export const readReasoningWish = (body: BodyFields): ReasoningWish | undefined => {
  const effort = body.optionalText("reasoning_effort");
  if (effort === undefined) return undefined;
  return effort === "none" ? { disabled: true } : { effort };
};

/** Answers that are spoken, and searches that only OpenAI makes: without them the answer would be another one. */
export const refuseHosted = (body: BodyFields): void => {
  const modalities = body.optionalTexts("modalities") ?? [];
  if (modalities.includes("audio")) throw unsupportedParameter("modalities", "spoken answers are not to be had there");
  if (!isAbsent(body.value["web_search_options"])) {
    throw unsupportedParameter("web_search_options", "there is no search of the provider's own");
  }
};

/** Values that ask for what is done anyway. */
const isUsual = (field: string, value: unknown): boolean => {
  if (field === "service_tier") return value === "auto" || value === "default";
  if (field === "modalities") return Array.isArray(value) && value.every((modality) => modality === "text");
  return field === "verbosity" && value === "medium";
};

/** All fields that have no neutral form and ask for something. */
export const unmappedOf = (body: BodyFields, mapped: ReadonlySet<string>): GenerationRequest["unmapped"] =>
  unreadFields(body, mapped).filter(({ field, value }) => !isUsual(field, value));
