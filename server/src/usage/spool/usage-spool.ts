import { mkdirSync, renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../../platform/database/database.ts";
import { isRefusedData } from "../../platform/database/postgres-errors.ts";
import { newId } from "../../platform/ids.ts";
import { type ExclusiveLock, takeExclusiveLock } from "../../platform/locks/exclusive-lock.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { rollupsStore } from "../reports/rollups.store.ts";
import { notStarted } from "../usage.errors.ts";
import { usageStore } from "../usage.store.ts";
import { createJournal, type Journal, type JournalStore } from "./journal.ts";
import { processesStore } from "./processes.store.ts";
import { createRecovery, lockFile } from "./recovery.ts";
import { createSpoolFile, type SpoolFile } from "./spool-file.ts";
import { createWriteSettled } from "./write-settled.ts";

/** The way of usage from this process to the database, and of what dead processes left. */
export interface UsageSpool {
  processId: string;
  hold: Journal["hold"];
  settle: Journal["settle"];
  flush: Journal["flush"];
  /** To be called now and then; looks through the ledger of the last hours. */
  closeAbandoned: () => Promise<void>;
  start: () => Promise<void>;
  stop: () => Promise<void>;
}

interface UsageSpoolOptions {
  database: Database;
  dataDir: string;
  clock: Clock;
  log: Log;
}

const beatEveryMs = 15_000;

/** Nothing is written before `start`, so a process that never meters leaves nothing behind. */
export function createUsageSpool({ database, dataDir, clock, log }: UsageSpoolOptions): UsageSpool {
  const processId = newId("meterProcess");
  const root = join(dataDir, "usage-spool");
  const directory = join(root, processId);
  const write: JournalStore = {
    insertHolds: (records) => usageStore.insertHolds(database, records),
    insertSettled: createWriteSettled({ database, store: usageStore, rollups: rollupsStore }),
  };
  const recovery = createRecovery({
    database,
    store: usageStore,
    processes: processesStore,
    write,
    isRefused: isRefusedData,
    root,
    ownId: processId,
    clock,
    log,
  });
  const parts: { journal?: Journal; file?: SpoolFile; lock?: ExclusiveLock; timer?: NodeJS.Timeout } = {};
  let round: Promise<void> = Promise.resolve();

  function journal(): Journal {
    if (parts.journal === undefined) throw notStarted();
    return parts.journal;
  }

  const beat = async (): Promise<void> => {
    await processesStore.beat(database, processId);
    await recovery.replaySpools();
    await recovery.closeDead();
  };

  return {
    processId,
    hold: (record) => journal().hold(record),
    settle: (record) => journal().settle(record),
    // Before the start nothing has been gathered.
    flush: async () => parts.journal?.flush(),
    closeAbandoned: recovery.closeAbandoned,
    async start() {
      // Others see it only when it is locked, or they would take it for that of a dead process.
      const unseen = join(root, `.${processId}`);
      mkdirSync(unseen, { recursive: true, mode: 0o700 });
      const lock = takeExclusiveLock(join(unseen, lockFile));
      if (lock !== undefined) parts.lock = lock;
      renameSync(unseen, directory);
      parts.file = createSpoolFile({
        directory,
        onSyncFailure: (error) => log.error({ error }, "the spool of usage cannot be brought to the disk"),
      });
      parts.journal = createJournal({ file: parts.file, store: write, isRefused: isRefusedData, log });
      await beat();
      parts.timer = setInterval(() => {
        round = round
          .then(beat)
          .catch((error: unknown) => log.warn({ error }, "the usage of others cannot be looked at"));
      }, beatEveryMs);
      parts.timer.unref();
    },
    async stop() {
      clearInterval(parts.timer);
      await round;
      if (parts.journal === undefined) return;
      const isEmpty = await parts.journal.stop().then(
        () => true,
        (error: unknown) => {
          log.error({ error, directory }, "usage is left in the spool; the next process here writes it down");
          return false;
        },
      );
      parts.file?.close();
      if (isEmpty) {
        await processesStore.remove(database, processId).catch(() => 0);
        await rm(directory, { recursive: true, force: true });
      }
      parts.lock?.release();
    },
  };
}
