import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { UsageCounts } from "@llm-tuner/contract/usage.ts";
import { z } from "zod";
import type { SpoolRecord } from "./journal.ts";

const common = {
  request_id: z.string(),
  user_id: z.string(),
  api_key_id: z.string().nullable(),
  model: z.string(),
  price_model: z.string(),
  provider: z.string(),
  price_id: z.string().nullable(),
  created_at: z.coerce.date(),
  counted: z.array(z.string()),
};
const outcome = z.enum(["completed", "aborted", "failed"]);

const HoldLine = z.strictObject({
  ...common,
  hold_nano_usd: z.int(),
  process_id: z.string(),
  // A process of an earlier version did not write these two.
  operation: z.string().default("unknown"),
  stream: z.boolean().default(false),
});
const AttemptLine = z.strictObject({
  deployment: z.string(),
  provider: z.string(),
  upstream_model: z.string(),
  outcome,
  error_code: z.string().nullable(),
  latency_ms: z.int(),
});
const SettledLine = z.strictObject({
  ...common,
  ...UsageCounts.shape,
  operation: z.string(),
  stream: z.boolean(),
  usage_source: z.enum(["reported", "partial", "estimated"]),
  policy: z.enum(["reported", "partial", "drained", "estimated", "interrupted", "failed"]),
  service_tier: z.string().nullable(),
  upstream_id: z.string().nullable(),
  cost_nano_usd: z.int().nullable(),
  outcome,
  error_code: z.string().nullable(),
  latency_ms: z.int(),
  first_byte_ms: z.int().nullable(),
  started_at: z.coerce.date(),
  attempts: z.array(AttemptLine),
});

const Line = z.union([z.strictObject({ hold: HoldLine }), z.strictObject({ settled: SettledLine })]);

/** The record of a line; undefined for one that was torn by the death of its writer, or is damaged. */
function parseSpoolLine(line: string): SpoolRecord | undefined {
  try {
    return Line.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** Every record of a file in order, `undefined` for a line that cannot be read. */
export async function* readSpoolFile(path: string): AsyncGenerator<SpoolRecord | undefined> {
  const lines = createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) if (line !== "") yield parseSpoolLine(line);
}
