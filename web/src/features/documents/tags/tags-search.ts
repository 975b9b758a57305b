import { tagSorts } from "@llm-tuner/contract/tags.ts";
import { z } from "zod";

/** What of the list stands in the address. */
export const TagsSearch = z.object({
  query: z.string().max(100).optional().catch(undefined),
  sort: z.enum(tagSorts).optional().catch(undefined),
  use: z.enum(["unused", "used"]).optional().catch(undefined),
  page: z.int().min(2).max(10_000).optional().catch(undefined),
});
export type TagsSearch = z.infer<typeof TagsSearch>;
