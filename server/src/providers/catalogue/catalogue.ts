import { ModelCapability, ProviderKind } from "@llm-tuner/contract/providers.ts";
import { z } from "zod";
import catalogueFile from "./model-catalogue.json" with { type: "json" };

const tokens = z.int().min(1).nullable();

const CatalogueModel = z.strictObject({
  provider: ProviderKind.exclude(["openai-compatible"]),
  model: z.string().min(1).max(200),
  context_window: tokens,
  max_output_tokens: tokens,
  capabilities: z.array(ModelCapability).min(1),
  /** Page of the provider that describes it. */
  source: z.url({ protocol: /^https$/ }),
});
export type CatalogueModel = z.infer<typeof CatalogueModel>;

const CatalogueFile = z.strictObject({
  /** When somebody last compared it with the pages. */
  checked: z.iso.date(),
  models: z.array(CatalogueModel),
});

/** Well-known models of providers; what is not in it can be imported from a provider's own list. */
export const catalogueModels: readonly CatalogueModel[] = CatalogueFile.parse(catalogueFile).models;

const byName = new Map(catalogueModels.map((entry) => [`${entry.provider}/${entry.model}`, entry]));

/** What is known of a model of that name at providers of a kind. */
export const catalogueEntry = (kind: ProviderKind, model: string): CatalogueModel | undefined =>
  byName.get(`${kind}/${model}`);
