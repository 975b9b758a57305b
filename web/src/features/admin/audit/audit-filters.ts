import { AuditAction } from "@llm-tuner/contract/audit.ts";
import { Timestamp } from "@llm-tuner/contract/paging.ts";
import { z } from "zod";

/** Filters as they stand in the address; whatever a person typed wrongly there is no filter. */
export const AuditSearch = z.object({
  action: AuditAction.optional().catch(undefined),
  actor: z.string().max(60).optional().catch(undefined),
  target: z.string().max(100).optional().catch(undefined),
  from: Timestamp.optional().catch(undefined),
  to: Timestamp.optional().catch(undefined),
});
export type AuditSearch = z.infer<typeof AuditSearch>;
