import { ErrorDetails } from "@llm-tuner/contract/errors.ts";
import { z } from "zod";

export interface SpreadsheetRequest {
  path: string;
  urlColumn?: string;
}

const Row = z.object({
  position: z.int(),
  url: z.string().nullable(),
  title: z.string().nullable(),
  problem: z.string().nullable(),
});

export const SpreadsheetResult = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), column: z.string(), rows: z.array(Row) }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string(), details: ErrorDetails.optional() }),
]);
export type SpreadsheetResult = z.infer<typeof SpreadsheetResult>;
