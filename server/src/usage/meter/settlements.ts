import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../../platform/log/log.ts";
import { tooManyUnwrittenSettlements } from "../usage.errors.ts";
import type { SettledRecord } from "../usage.store.ts";
import type { GroupWriter } from "./group-writer.ts";

export interface Settlements {
  /** Resolves to the written cost, or to the record's own when the store is away for longer than an answer may wait. */
  settle: (record: SettledRecord) => Promise<number | null>;
  /** Tries what is left once more and says what could not be written. */
  stop: () => Promise<void>;
}

interface SettlementsDependencies {
  writer: GroupWriter<SettledRecord, { cost_nano_usd: number | null }>;
  isRefused: (error: unknown) => boolean;
  log: Log;
  /** How long an answer waits for a store that is away. */
  patienceMs?: number;
}

const firstPauseMs = 100;
const lastPauseMs = 5000;
/** Settlements that wait for the store in memory. Beyond it the log is the only record. */
const maxWaiting = 20_000;

/** Settlements survive a store that is away for a moment: they are tried again until they are written. */
export function createSettlements({ writer, isRefused, log, patienceMs = 1000 }: SettlementsDependencies): Settlements {
  const stopping = new AbortController();
  const unwritten = new Set<Promise<unknown>>();

  /** Once the process stops there is no pause and one more attempt. */
  async function writePersistently(record: SettledRecord): Promise<number | null> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, lastPauseMs)) {
      const isLastAttempt = stopping.signal.aborted;
      try {
        return (await writer.write(record)).cost_nano_usd;
      } catch (error) {
        if (isLastAttempt || isRefused(error)) {
          log.error({ error, record }, "a settlement could not be written; this line is its only record");
          throw error;
        }
        log.warn({ error, requestId: record.request_id, pauseMs }, "a settlement cannot be written yet");
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  async function settle(record: SettledRecord): Promise<number | null> {
    if (unwritten.size >= maxWaiting) {
      log.error({ record }, "too many settlements wait for the database; this line is the only record of one");
      throw tooManyUnwrittenSettlements();
    }
    const writing = writePersistently(record);
    unwritten.add(writing);
    // Its failure is logged with the record and reaches whoever still waits.
    writing.catch(() => undefined).finally(() => unwritten.delete(writing));
    const patience = new AbortController();
    const inTime = delay(patienceMs, record.cost_nano_usd, { signal: patience.signal, ref: false });
    inTime.catch(() => undefined);
    try {
      return await Promise.race([writing, inTime]);
    } finally {
      patience.abort();
    }
  }

  return {
    settle,
    async stop() {
      stopping.abort();
      await Promise.allSettled(unwritten);
    },
  };
}
