import type { OfferedModel } from "@llm-tuner/contract/providers.ts";
import { z } from "zod";

/** Filters as they stand in the address; whatever a person typed wrongly there is no filter. */
export const ModelFilters = z.object({
  search: z.string().trim().max(200).optional().catch(undefined),
  show: z.enum(["unpriced", "disabled", "own"]).optional().catch(undefined),
});
export type ModelFilters = z.infer<typeof ModelFilters>;

/** A pattern lets names through that have prices of their own. */
export const isPricedByName = ({ model, price_model }: Pick<OfferedModel, "model" | "price_model">): boolean =>
  model.endsWith("*") && price_model === model;

export const hasNoPrice = (model: OfferedModel): boolean =>
  model.input_price === null && model.output_price === null && !isPricedByName(model);

const shown: Readonly<Record<NonNullable<ModelFilters["show"]>, (model: OfferedModel) => boolean>> = {
  unpriced: hasNoPrice,
  disabled: ({ enabled }) => !enabled,
  own: ({ source, changed }) => source !== "catalogue" || changed,
};

export const filtered = (models: readonly OfferedModel[], { search = "", show }: ModelFilters): OfferedModel[] =>
  models.filter(
    (model) => model.model.toLowerCase().includes(search.toLowerCase()) && (show === undefined || shown[show](model)),
  );
