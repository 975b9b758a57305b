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

const twoDigits = (part: number): string => String(part).padStart(2, "0");

/** A time as a date-and-time field holds it: where the person is, without a zone. */
export const fieldOfTime = (time: string | undefined): string => {
  if (time === undefined) return "";
  const date = new Date(time);
  const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join("-");
  return `${day}T${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
};

export const timeOfField = (field: string): string | undefined => {
  const time = Date.parse(field);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
};
