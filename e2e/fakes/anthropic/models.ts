import { ProviderError } from "../reply.ts";

/** What `GET /v1/models` lists; other names that begin with `claude-` are answered, too, except those with `missing`. */
export const listedModels = [
  "claude-opus-5-5",
  "claude-sonnet-5-5",
  "claude-haiku-5-5",
  "claude-opus-4-8",
  "claude-sonnet-4-6",
  "claude-haiku-4-5",
];

export const checkModel = (model: string): void => {
  if (model.startsWith("claude-") && !model.includes("missing")) return;
  throw new ProviderError(404, `model: ${model}`, { type: "not_found_error" });
};

/** The line of models that takes no prefilled answer. */
export const refusesPrefill = (model: string): boolean =>
  /^claude-(opus-4-[6-9]|sonnet-4-[6-9]|\w+-5)(-|$)/.test(model);

/** The line of models that knows only adaptive thinking and takes no sampling parameters. */
export const refusesSampling = (model: string): boolean => /^claude-(opus-4-[7-9]|\w+-5)(-|$)/.test(model);
