import { ProviderError } from "../reply.ts";

/** What `GET /v1beta/models` lists; other names of these families are answered, too, except those with `missing`. */
export const listedModels = [
  "gemini-3-pro-preview",
  "gemini-3-flash-preview",
  "gemini-2.5-pro",
  "gemini-2.5-flash",
  "gemini-2.0-flash",
  "gemini-2.5-flash-image",
  "gemini-embedding-001",
  "imagen-4.0-generate-001",
  "veo-3.1-generate-preview",
];

export const checkModel = (model: string, action: string): void => {
  if (/^(gemini|gemma|imagen|veo|text-embedding|embedding)-/.test(model) && !model.includes("missing")) return;
  const how = "Call ListModels to see the list of available models and their supported methods.";
  const why = `models/${model} is not found for API version v1beta, or is not supported for ${action}. ${how}`;
  throw new ProviderError(404, why, { type: "NOT_FOUND" });
};

/** Models from the third on check the signatures of their own thoughts. */
export const checksSignatures = (model: string): boolean => /^gemini-[3-9]/.test(model);

export const thinks = (model: string): boolean => /^gemini-(2\.5|[3-9])/.test(model) && !model.includes("image");
