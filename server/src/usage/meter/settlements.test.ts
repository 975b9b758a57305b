import { describe, expect, it } from "vitest";
import { silentLog } from "../../platform/log/log.ts";
import type { SettledRecord } from "../usage.store.ts";
import { createSettlements } from "./settlements.ts";

class Refused extends Error {}

const record: SettledRecord = {
  request_id: "req_1",
  user_id: "user_1",
  api_key_id: null,
  model: "my-model",
  price_model: "my-model",
  provider: "tuned",
  input_tokens: 1,
  output_tokens: 1,
  usage_source: "reported",
  cost_nano_usd: 80,
  price_id: "price_1",
  outcome: "completed",
  error_code: null,
  latency_ms: 1,
  first_byte_ms: 1,
  started_at: new Date(0),
  created_at: new Date(0),
  counted: [],
};

/** A store that answers each write with the next of these. */
function createStore(...answers: (() => Promise<{ cost_nano_usd: number | null }>)[]) {
  const lines: Record<string, unknown>[] = [];
  const store = { writes: 0 };
  const settlements = createSettlements({
    writer: {
      write() {
        store.writes += 1;
        return (answers.shift() ?? answered)();
      },
    },
    isRefused: (error) => error instanceof Refused,
    log: { ...silentLog, error: (fields) => lines.push(fields) },
    patienceMs: 5,
  });
  return { store, settlements, lines };
}
const answered = async () => ({ cost_nano_usd: 70 });
const away = () => Promise.reject(new Error("the database is away"));
const refused = () => Promise.reject(new Refused("no such user"));
const never = () => new Promise<{ cost_nano_usd: number | null }>(() => {});

describe("settlements", () => {
  it("answer with what stands in the store", async () => {
    const { settlements } = createStore(answered);
    expect(await settlements.settle(record)).toBe(70);
  });

  it("do not keep an answer waiting for a store that is away or hangs", async () => {
    const { settlements } = createStore(away, never);
    expect(await settlements.settle(record)).toBe(80);
    expect(await settlements.settle(record)).toBe(80);
  });

  it("are tried once more at stop, without a pause", async () => {
    const { store, settlements, lines } = createStore(away, answered);
    await settlements.settle(record);
    await settlements.stop();
    expect(store.writes).toBe(2);
    expect(lines).toEqual([]);
  });

  it("stand whole in the log when even that fails", async () => {
    const { store, settlements, lines } = createStore(away, away, answered);
    await settlements.settle(record);
    await settlements.stop();
    expect(store.writes).toBe(2);
    expect(lines).toEqual([expect.objectContaining({ record })]);
  });

  it("are not tried again when the store refuses what they say", async () => {
    const { store, settlements, lines } = createStore(refused, answered);
    await expect(settlements.settle(record)).rejects.toThrow("no such user");
    expect(store.writes).toBe(1);
    expect(lines).toEqual([expect.objectContaining({ record })]);
  });
});
