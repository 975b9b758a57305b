import { Role } from "@llm-tuner/contract/accounts.ts";
import { TierName } from "@llm-tuner/contract/api-keys.ts";
import { z } from "zod";

/** Filters as they stand in the address; whatever a person typed wrongly there is no filter. */
export const UserFilters = z.object({
  search: z.string().trim().max(254).optional().catch(undefined),
  role: Role.optional().catch(undefined),
  tier: TierName.optional().catch(undefined),
  status: z.enum(["active", "disabled"]).optional().catch(undefined),
});
export type UserFilters = z.infer<typeof UserFilters>;
