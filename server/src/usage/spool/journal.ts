import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../../platform/log/log.ts";
import { createOnceAMinute } from "../../platform/time/once-a-minute.ts";
import { tooMuchUnwrittenUsage } from "../usage.errors.ts";
import {
  type Encoded,
  encodedHold,
  type EncodedSettled,
  encodedSettled,
  type HoldRecord,
  type SettledRecord,
} from "../usage.store.ts";
import type { Segment, SpoolFile } from "./spool-file.ts";

export type SpoolRecord = { hold: HoldRecord } | { settled: SettledRecord };

export interface Journal {
  /** Resolves when the hold survives the death of this process. Throws a 503 when too much waits for the database. */
  hold: (record: HoldRecord) => Promise<void>;
  /** Resolves when the settlement survives the death of this process. */
  settle: (record: SettledRecord) => Promise<void>;
  /** Resolves when all that was given before is in the database; throws when the database is away. */
  flush: () => Promise<void>;
  /** Tries to write what is left; what cannot be written stays in the spool for the next process. */
  stop: () => Promise<void>;
}

export interface JournalStore {
  insertHolds: (records: readonly Encoded[]) => Promise<unknown>;
  insertSettled: (records: readonly EncodedSettled[]) => Promise<unknown>;
}

interface JournalOptions {
  file: SpoolFile;
  store: JournalStore;
  /** The database will never take these values. */
  isRefused: (error: unknown) => boolean;
  log: Log;
  maxBytes?: number;
  flushEveryMs?: number;
  /** How long somebody waits for the database when the disk takes nothing. */
  patienceMs?: number;
}

/** A record in the form in which it is written. */
type EncodedRecord = { hold: Encoded } | { settled: EncodedSettled };

interface Entry {
  of: EncodedRecord;
  segment: Segment | undefined;
  /** When it is safe: in the spool, or, when that fails, in the database. */
  safe: PromiseWithResolvers<void>;
  /** Nobody waits for it any more, and it was to begin something: it is not written. */
  isGivenUp: boolean;
}

const maxGroup = 1000;
const firstPauseMs = 100;
const lastPauseMs = 5000;
const stopAttempts = 3;

/** As `SpoolRecord` reads it. */
const lineOf = ({ of }: Entry): string =>
  "hold" in of ? `{"hold":${of.hold.json}}\n` : `{"settled":${of.settled.json}}\n`;

/** For the log, which looks at names and values one by one. */
const recordOf = (entry: Entry): unknown => JSON.parse(lineOf(entry));

const holdsIn = (entries: readonly Entry[]): Encoded[] =>
  entries.flatMap(({ of, isGivenUp }) => ("hold" in of && !isGivenUp ? [of.hold] : []));
/** The first one counts where a request was settled twice. */
const settledIn = (entries: readonly Entry[]): EncodedSettled[] => [
  ...new Map(
    entries
      .flatMap(({ of }) => ("settled" in of ? [of.settled] : []))
      .toReversed()
      .map((settled) => [settled.request_id, settled]),
  ).values(),
];

/**
 * Holds and settlements on their way to the database. All that come in one turn of the event loop go into the spool in
 * one write, and nobody waits longer than for that; they go to the database in groups.
 */
export function createJournal(options: JournalOptions): Journal {
  const { file, store, isRefused, log, maxBytes = 256 * 1024 * 1024 } = options;
  const { flushEveryMs = 200, patienceMs = 2000 } = options;
  const firstThisMinute = createOnceAMinute(() => performance.now());
  const stopping = new AbortController();
  let gathered: Entry[] = [];
  const queue: Entry[] = [];
  /** Of all that ever entered the queue, and of all that left it. */
  const counts = { entered: 0, written: 0 };
  const waiting = new Set<{ until: number; done: PromiseWithResolvers<void> }>();
  let flushing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function write(entries: readonly Entry[]): Promise<void> {
    const [holds, settled] = [holdsIn(entries), settledIn(entries)];
    // Holds first: a settlement releases what it finds.
    if (holds.length > 0) await store.insertHolds(holds);
    if (settled.length > 0) await store.insertSettled(settled);
  }

  function finish(entries: readonly Entry[]): void {
    const perSegment = new Map<Segment, number>();
    for (const { segment, safe } of entries) {
      safe.resolve();
      if (segment !== undefined) perSegment.set(segment, (perSegment.get(segment) ?? 0) + 1);
    }
    for (const [segment, records] of perSegment) takeAway(segment, records);
  }

  /** What stays although it is written is written once more by the next process, which changes nothing. */
  function takeAway(segment: Segment, records: number): void {
    try {
      file.done(segment, records);
    } catch (error) {
      log.error({ error }, "a file of the spool of usage cannot be taken away");
    }
  }

  /** One bad record does not take others along. */
  async function writeEach(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      try {
        await write([entry]);
      } catch (error) {
        if (!isRefused(error)) throw error;
        log.error({ error, record: recordOf(entry) }, "usage is refused by the database; this line is its only record");
      }
    }
  }

  async function writeGroup(): Promise<void> {
    const entries = queue.slice(0, maxGroup);
    try {
      await write(entries);
    } catch (error) {
      if (!isRefused(error)) throw error;
      await writeEach(entries);
    }
    queue.splice(0, entries.length);
    finish(entries);
    counts.written += entries.length;
    for (const waiter of waiting) if (waiter.until <= counts.written) waiter.done.resolve();
  }

  /** Somebody waits for the database itself. */
  const isUrgent = (): boolean =>
    waiting.size > 0 || stopping.signal.aborted || queue.some(({ segment }) => segment === undefined);

  /**
   * A group, and others as long as they are full or somebody waits: many together cost the database little more than one.
   * Pauses while the database is away, and gives up soon once the process stops.
   */
  async function writeAll(): Promise<void> {
    let failures = 0;
    do {
      try {
        await writeGroup();
        failures = 0;
      } catch (error) {
        failures += 1;
        for (const { done } of waiting) done.reject(error);
        if (stopping.signal.aborted && failures >= stopAttempts) throw error;
        if (firstThisMinute("database"))
          log.warn({ error, waiting: queue.length }, "usage cannot be written to the database yet; the spool keeps it");
        const pauseMs = Math.min(firstPauseMs * 2 ** (failures - 1), lastPauseMs);
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    } while (queue.length > 0 && (failures > 0 || queue.length >= maxGroup || isUrgent()));
  }

  function startFlush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    flushing ??= writeAll().finally(() => {
      flushing = undefined;
      if (queue.length > 0 && !stopping.signal.aborted) flushSoon();
    });
    return flushing;
  }

  const flushSoon = (): void => {
    if (queue.length >= maxGroup) void startFlush().catch(() => undefined);
    else if (timer === undefined && flushing === undefined) {
      timer = setTimeout(() => void startFlush().catch(() => undefined), flushEveryMs);
      timer.unref();
    }
  };

  /** With neither a disk nor a database a request is not begun, and one that is answered is not withheld. */
  function waitNotLong(entry: Entry): void {
    const waiting = setTimeout(() => {
      if ("hold" in entry.of) {
        entry.isGivenUp = true;
        entry.safe.reject(tooMuchUnwrittenUsage());
      } else {
        log.error({ record: recordOf(entry) }, "usage is neither in the spool nor in the database yet");
        entry.safe.resolve();
      }
    }, patienceMs);
    const stopWaiting = () => clearTimeout(waiting);
    entry.safe.promise.then(stopWaiting, stopWaiting);
  }

  function writeSpool(): void {
    const entries = gathered;
    gathered = [];
    try {
      const segment = file.append(entries.map(lineOf).join(""), entries.length);
      for (const entry of entries) {
        entry.segment = segment;
        entry.safe.resolve();
      }
    } catch (error) {
      if (firstThisMinute("spool"))
        log.error({ error }, "the spool of usage cannot be written; requests wait for the database instead");
      for (const entry of entries) waitNotLong(entry);
    }
    queue.push(...entries);
    counts.entered += entries.length;
    // What is nowhere yet does not wait for a timer.
    if (entries.some(({ segment }) => segment === undefined)) void startFlush().catch(() => undefined);
    else flushSoon();
  }

  function add(of: EncodedRecord): Promise<void> {
    const entry: Entry = {
      of,
      segment: undefined,
      safe: Promise.withResolvers<void>(),
      isGivenUp: false,
    };
    if (gathered.push(entry) === 1) setImmediate(writeSpool);
    return entry.safe.promise;
  }

  async function flush(): Promise<void> {
    if (gathered.length > 0) writeSpool();
    if (queue.length === 0) return;
    const waiter = { until: counts.entered, done: Promise.withResolvers<void>() };
    waiting.add(waiter);
    void startFlush().catch(() => undefined);
    await waiter.done.promise.finally(() => waiting.delete(waiter));
  }

  return {
    hold: (record) =>
      file.bytes() > maxBytes ? Promise.reject(tooMuchUnwrittenUsage()) : add({ hold: encodedHold(record) }),
    settle: (record) => add({ settled: encodedSettled(record) }),
    flush,
    async stop() {
      stopping.abort();
      if (gathered.length > 0) writeSpool();
      while (queue.length > 0) await startFlush();
      clearTimeout(timer);
    },
  };
}
