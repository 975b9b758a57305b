import { countsOf } from "@llm-tuner/gateway/meter/usage-counts.ts";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { noUsage } from "@llm-tuner/gateway/meter/usage.ts";
import type { Database } from "../../platform/database/database.ts";
import { type ExclusiveLock, takeExclusiveLock } from "../../platform/locks/exclusive-lock.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { encodedHold, encodedSettled, type OpenHold, type SettledRecord, type UsageStore } from "../usage.store.ts";
import type { JournalStore, SpoolRecord } from "./journal.ts";
import type { ProcessesStore } from "./processes.store.ts";
import { readSpoolFile } from "./spool-lines.ts";

interface RecoveryDependencies {
  database: Database;
  store: Pick<UsageStore, "openHoldsOf" | "abandonedHolds">;
  processes: ProcessesStore;
  write: JournalStore;
  isRefused: (error: unknown) => boolean;
  /** Where processes of this machine have their spools. */
  root: string;
  ownId: string;
  clock: Clock;
  log: Log;
}

export interface Recovery {
  /** Writes down what dead processes on this disk left, and ends what they held. */
  replaySpools: () => Promise<void>;
  /** Ends what processes held that nobody has seen for minutes, wherever they were. */
  closeDead: () => Promise<void>;
  /** Ends what nobody held any more an hour ago: of processes that are forgotten, or that were not yet named. */
  closeAbandoned: () => Promise<void>;
}

/** Name of the file in a spool's folder that its process keeps locked as long as it lives. */
export const lockFile = "lock";

const group = 500;
/** A request that was open when its process died began at most so long before. */
const searchHours = 4;
/** Some missed beats: a process that was only cut off for a moment is not dead. */
const deadAfterSeconds = 120;
const abandonedAfterMs = 3_600_000;

const toInterrupted = (hold: OpenHold, at: Date): SettledRecord => ({
  ...countsOf(noUsage),
  request_id: hold.request_id,
  user_id: hold.user_id,
  api_key_id: hold.api_key_id,
  model: hold.model,
  price_model: hold.price_model,
  provider: hold.provider,
  operation: hold.operation,
  stream: hold.stream,
  usage_source: "estimated",
  policy: "interrupted",
  service_tier: null,
  upstream_id: null,
  cost_nano_usd: 0,
  price_id: null,
  outcome: "failed",
  error_code: "gateway_interrupted",
  latency_ms: Math.max(0, Math.min(at.getTime() - hold.created_at.getTime(), 86_400_000)),
  first_byte_ms: null,
  started_at: hold.created_at,
  created_at: at,
  counted: [],
  attempts: [],
});

/** What a process that was killed leaves: a spool with lines the database does not have, and holds that nobody releases. */
export function createRecovery(dependencies: RecoveryDependencies): Recovery {
  const { database, store, processes, write, isRefused, root, ownId, clock, log } = dependencies;

  /** Of a group that is refused each is tried alone: a person may be gone since. */
  async function writeGroup(records: readonly SpoolRecord[]): Promise<void> {
    const holds = records.flatMap((record) => ("hold" in record ? [encodedHold(record.hold)] : []));
    const settled = records.flatMap((record) => ("settled" in record ? [encodedSettled(record.settled)] : []));
    try {
      if (holds.length > 0) await write.insertHolds(holds);
      if (settled.length > 0) await write.insertSettled(settled);
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (records.length > 1) for (const record of records) await writeGroup([record]);
      else log.error({ error, record: records[0] }, "usage of a dead process is refused; this line is its only record");
    }
  }

  async function interrupt(find: () => Promise<OpenHold[]>): Promise<number> {
    let ended = 0;
    for (let holds = await find(); holds.length > 0; holds = await find()) {
      await write.insertSettled(holds.map((hold) => encodedSettled(toInterrupted(hold, clock.now()))));
      ended += holds.length;
    }
    return ended;
  }

  async function endHoldsOf(processId: string): Promise<number> {
    const ended = await interrupt(() => store.openHoldsOf(database, { processId, searchHours, limit: group }));
    await processes.remove(database, processId);
    return ended;
  }

  async function replayFiles(directory: string): Promise<{ records: number; torn: number }> {
    const counts = { records: 0, torn: 0 };
    const names = (await readdir(directory)).filter((name) => name.endsWith(".jsonl")).sort();
    for (const name of names) {
      let records: SpoolRecord[] = [];
      for await (const record of readSpoolFile(join(directory, name))) {
        if (record === undefined) {
          counts.torn += 1;
          continue;
        }
        counts.records += 1;
        if (records.push(record) < group) continue;
        await writeGroup(records);
        records = [];
      }
      if (records.length > 0) await writeGroup(records);
    }
    return counts;
  }

  /** Undefined when its process lives, or when somebody else is at it. */
  function takeSpool(directory: string): ExclusiveLock | undefined {
    try {
      return takeExclusiveLock(join(directory, lockFile));
    } catch (error) {
      if (!existsSync(directory)) return undefined;
      throw error;
    }
  }

  async function replaySpool(processId: string): Promise<void> {
    const directory = join(root, processId);
    const lock = takeSpool(directory);
    if (lock === undefined) return;
    try {
      const counts = await replayFiles(directory);
      const interrupted = await endHoldsOf(processId);
      // A crash before this line only repeats what is known already.
      await rm(directory, { recursive: true, force: true });
      log.info({ processId, ...counts, interrupted }, "took over the usage of a process that ended");
    } finally {
      lock.release();
    }
  }

  const spools = async (): Promise<string[]> => {
    const names = await readdir(root, { withFileTypes: true }).catch(() => []);
    return names
      .filter((entry) => entry.isDirectory() && entry.name !== ownId && !entry.name.startsWith("."))
      .map(({ name }) => name);
  };

  return {
    async replaySpools() {
      for (const processId of await spools()) {
        try {
          await replaySpool(processId);
        } catch (error) {
          // One folder that cannot be read must not keep the server down; what is in it stays there and is tried again.
          log.error({ error, processId }, "the usage of a process that ended could not be taken over");
        }
      }
    },
    async closeDead() {
      const here = new Set(await spools());
      for (const id of await processes.notSeenFor(database, deadAfterSeconds)) {
        // What has a spool on this disk is ended with it, once nobody has it locked.
        if (id === ownId || here.has(id)) continue;
        const interrupted = await endHoldsOf(id);
        log.warn({ processId: id, interrupted }, "ended what a process held that was not seen for minutes");
      }
    },
    async closeAbandoned() {
      const now = clock.now();
      const before = new Date(now.getTime() - abandonedAfterMs);
      await interrupt(() => store.abandonedHolds(database, { before, searchHours, at: now, limit: group }));
    },
  };
}
