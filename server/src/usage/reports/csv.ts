import type { Readable } from "node:stream";
import { usageBucketNames } from "@llm-tuner/contract/prices.ts";
import type { UsageGroup, UsageRequest } from "@llm-tuner/contract/usage.ts";
import { type CsvRow, writeCsv } from "../../platform/csv/write-csv.ts";

/** US dollars to the nano-dollar, without floating point. */
function exactUsd(nanoUsd: number | null): string {
  if (nanoUsd === null) return "";
  const digits = String(Math.abs(nanoUsd)).padStart(10, "0");
  return `${nanoUsd < 0 ? "-" : ""}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

async function* mapped<Item>(items: AsyncIterable<Item> | Iterable<Item>, toRow: (item: Item) => CsvRow) {
  for await (const item of items) yield toRow(item);
}

const requestRow = (request: UsageRequest): CsvRow => ({ ...request, cost_usd: exactUsd(request.cost_nano_usd) });
const groupRow = ({ usage, ...group }: UsageGroup): CsvRow => ({
  ...group,
  ...usage,
  cost_usd: exactUsd(group.cost_nano_usd),
});

const ownRequestColumns = [
  "request_id",
  "time",
  "model",
  "provider",
  "api_key_id",
  "operation",
  "stream",
  "input_tokens",
  "output_tokens",
  "cost_nano_usd",
  "cost_usd",
  "policy",
  "outcome",
  "error_code",
  "latency_ms",
] as const;

const requestColumns = [...ownRequestColumns, "user_id"] as const;

const groupColumns = [
  "group",
  "split",
  "requests",
  "errors",
  "unpriced",
  "cost_nano_usd",
  "cost_usd",
  "input_tokens",
  "output_tokens",
  ...usageBucketNames,
] as const;

/**
 * Who pays stands in the file of everybody's requests alone. The first is read before there is an answer: what cannot be read
 * at all is an error, not an empty file.
 */
export async function requestsCsv(requests: AsyncGenerator<UsageRequest>, of: "me" | "everybody"): Promise<Readable> {
  const first = await requests.next();
  async function* all() {
    if (first.done !== true) yield first.value;
    yield* requests;
  }
  return writeCsv(mapped(all(), requestRow), of === "me" ? ownRequestColumns : requestColumns);
}

export const groupsCsv = (groups: readonly UsageGroup[]): Readable => writeCsv(mapped(groups, groupRow), groupColumns);
