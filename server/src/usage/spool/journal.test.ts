import { countsOf } from "@llm-tuner/gateway/meter/usage-counts.ts";
import { describe, expect, it } from "vitest";
import { silentLog } from "../../platform/log/log.ts";
import { noUsage } from "@llm-tuner/gateway/meter/usage.ts";
import type { HoldRecord, SettledRecord } from "../usage.store.ts";
import { createJournal } from "./journal.ts";
import type { Segment, SpoolFile } from "./spool-file.ts";

class Refused extends Error {}

const common = { user_id: "user_1", api_key_id: null, model: "m", price_model: "m", provider: "tuned", counted: [] };
const hold = (id: string): HoldRecord => ({
  ...common,
  request_id: id,
  hold_nano_usd: 5,
  price_id: "price_1",
  created_at: new Date(0),
  operation: "chat/completions",
  stream: false,
  process_id: "proc_1",
});
const settled = (id: string, cost = 1): SettledRecord => ({
  ...common,
  ...countsOf(noUsage),
  request_id: id,
  operation: "chat/completions",
  stream: false,
  usage_source: "reported",
  policy: "reported",
  service_tier: null,
  upstream_id: null,
  cost_nano_usd: cost,
  price_id: "price_1",
  outcome: "completed",
  error_code: null,
  latency_ms: 1,
  first_byte_ms: null,
  started_at: new Date(0),
  created_at: new Date(0),
  attempts: [],
});

/** A spool in memory and a database that can be away, hang, or refuse a request. */
function createWorld(options: { maxBytes?: number; patienceMs?: number; flushEveryMs?: number } = {}) {
  const state = {
    isFull: false,
    isAway: false,
    isStuck: false,
    refused: "",
    hanging: Promise.resolve(),
  };
  const segment: Segment = { path: "", descriptor: 0, bytes: 0, open: 0 };
  const appends: string[] = [];
  const file: SpoolFile = {
    append(text, records) {
      if (state.isFull) throw new Error("ENOSPC");
      appends.push(text);
      segment.bytes += text.length;
      segment.open += records;
      return segment;
    },
    done(_, records) {
      if (state.isStuck) throw new Error("EIO");
      segment.open -= records;
    },
    bytes: () => segment.bytes,
    close: () => undefined,
  };
  const written: string[][] = [];
  const logged: Record<string, unknown>[] = [];
  async function write(kind: string, records: readonly { request_id: string }[]) {
    await state.hanging;
    if (state.isAway) throw new Error("connection refused");
    if (records.some(({ request_id }) => request_id === state.refused)) throw new Refused("no such user");
    written.push(records.map(({ request_id }) => `${kind} ${request_id}`));
  }
  const journal = createJournal({
    file,
    store: { insertHolds: (records) => write("hold", records), insertSettled: (records) => write("settle", records) },
    isRefused: (error) => error instanceof Refused,
    log: { ...silentLog, error: (fields) => logged.push(fields) },
    ...options,
  });
  return { state, segment, appends, written, logged, journal };
}

describe("journal", () => {
  it("writes all that comes in one turn with one write to the spool, and in groups to the database, holds first", async () => {
    const { journal, appends, written, segment } = createWorld();
    await Promise.all([
      journal.settle(settled("req_0")),
      journal.hold(hold("req_1")),
      journal.settle(settled("req_1")),
    ]);
    expect(appends).toHaveLength(1);
    expect(appends[0]?.split("\n")).toHaveLength(4);
    await journal.flush();
    expect(written).toEqual([["hold req_1"], ["settle req_1", "settle req_0"]]);
    expect(segment.open).toBe(0);
  });

  it("gathers what comes while it writes until the next time, and goes on at once with a full group", async () => {
    const { journal, state, written } = createWorld({ flushEveryMs: 600_000 });
    const hanging = Promise.withResolvers<void>();
    state.hanging = hanging.promise;
    await Promise.all(Array.from({ length: 1000 }, (_, index) => journal.settle(settled(`req_a${index}`))));
    await Promise.all(Array.from({ length: 1003 }, (_, index) => journal.settle(settled(`req_b${index}`))));
    hanging.resolve();
    await expect.poll(() => written.map(({ length }) => length)).toEqual([1000, 1000]);
    await journal.flush();
    expect(written.map(({ length }) => length)).toEqual([1000, 1000, 3]);
  });

  it("keeps nobody waiting for a database that is away or hangs; what is asked of it fails or waits", async () => {
    const { journal, state, written } = createWorld();
    state.isAway = true;
    await journal.settle(settled("req_1"));
    await expect(journal.flush()).rejects.toThrow("connection refused");
    state.isAway = false;
    const hanging = Promise.withResolvers<void>();
    state.hanging = hanging.promise;
    await journal.settle(settled("req_2"));
    const flushed = journal.flush();
    expect(written).toEqual([]);
    hanging.resolve();
    await flushed;
    expect(written.flat().toSorted()).toEqual(["settle req_1", "settle req_2"]);
  });

  it("keeps nobody waiting for a file of the spool that cannot be taken away, and says so", async () => {
    const { journal, state, written, logged } = createWorld();
    state.isStuck = true;
    await journal.settle(settled("req_1"));
    await journal.flush();
    state.isStuck = false;
    await journal.settle(settled("req_2"));
    await journal.flush();
    expect(written).toEqual([["settle req_1"], ["settle req_2"]]);
    expect(logged).toHaveLength(1);
    await journal.stop();
  });

  it("waits for the database when the disk is full, and says so once", async () => {
    const { journal, state, written, logged } = createWorld();
    state.isFull = true;
    await Promise.all([journal.hold(hold("req_1")), journal.settle(settled("req_2"))]);
    expect(written.flat()).toEqual(["hold req_1", "settle req_2"]);
    await journal.settle(settled("req_3"));
    expect(written.flat()).toContain("settle req_3");
    expect(logged).toHaveLength(1);
    state.isFull = false;
    await journal.settle(settled("req_4"));
    await journal.flush();
    expect(written.flat()).toContain("settle req_4");
  });

  it("with neither a disk nor a database begins no request, and withholds no answer", async () => {
    const { journal, state, written, logged } = createWorld({ patienceMs: 5 });
    state.isFull = true;
    const hanging = Promise.withResolvers<void>();
    state.hanging = hanging.promise;
    await journal.settle(settled("req_0"));
    await expect(journal.hold(hold("req_1"))).rejects.toMatchObject({ code: "usage_not_written" });
    expect(logged.at(-1)).toMatchObject({ record: { settled: { request_id: "req_0" } } });
    hanging.resolve();
    await journal.flush();
    // It came late all the same; what was never begun is not held.
    expect(written.flat()).toEqual(["settle req_0"]);
  });

  it("begins no request when too much waits already, but takes every settlement", async () => {
    const { journal, state } = createWorld({ maxBytes: 100 });
    state.isAway = true;
    await journal.hold(hold("req_1"));
    await expect(journal.hold(hold("req_2"))).rejects.toMatchObject({ code: "usage_not_written", status: 503 });
    await journal.settle(settled("req_1"));
    await expect(journal.stop()).rejects.toThrow("connection refused");
  });

  it("writes the others when one is refused, and puts that one into the log whole", async () => {
    const { journal, state, written, logged, segment } = createWorld();
    state.refused = "req_2";
    await Promise.all(["req_1", "req_2", "req_3"].map((id) => journal.settle(settled(id))));
    await journal.flush();
    expect(written.flat().toSorted()).toEqual(["settle req_1", "settle req_3"]);
    expect(logged).toMatchObject([{ record: { settled: { request_id: "req_2" } } }]);
    expect(segment.open).toBe(0);
  });

  it("keeps the first of two settlements of a request", async () => {
    const { journal, written } = createWorld();
    await Promise.all([journal.settle(settled("req_1", 1)), journal.settle(settled("req_1", 2))]);
    await journal.flush();
    expect(written).toEqual([["settle req_1"]]);
  });

  it("writes what is left when it stops", async () => {
    const { journal, written } = createWorld();
    void journal.settle(settled("req_1"));
    await journal.stop();
    expect(written).toEqual([["settle req_1"]]);
  });

  it("flushes what was given before, however much comes after", async () => {
    const { journal, written } = createWorld();
    await journal.settle(settled("req_first"));
    const state = { isOver: false };
    const others = (async () => {
      for (let count = 0; !state.isOver; count += 1) await journal.settle(settled(`req_${count}`));
    })();
    await journal.flush();
    expect(written.flat()).toContain("settle req_first");
    state.isOver = true;
    await others;
    await journal.stop();
  });
});
