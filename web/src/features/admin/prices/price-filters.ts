import { z } from "zod";

/** Filters as they stand in the address; whatever a person typed wrongly there is no filter. */
export const PriceFilters = z.object({
  provider: z.string().trim().min(1).max(100).optional().catch(undefined),
  model_pattern: z.string().trim().min(1).max(300).optional().catch(undefined),
  versions: z.literal("all").optional().catch(undefined),
});
export type PriceFilters = z.infer<typeof PriceFilters>;
