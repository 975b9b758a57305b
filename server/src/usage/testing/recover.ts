import type { Database } from "../../platform/database/database.ts";
import { isRefusedData } from "../../platform/database/postgres-errors.ts";
import { silentLog as log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { rollupsStore } from "../reports/rollups.store.ts";
import { processesStore } from "../spool/processes.store.ts";
import { createRecovery } from "../spool/recovery.ts";
import { createWriteSettled } from "../spool/write-settled.ts";
import { usageStore } from "../usage.store.ts";

/** What a process does now and then for others that died; on a machine of its own, unless a folder of spools is named. */
export const recoveryOf = ({
  database,
  clock,
  root = "/nowhere",
}: {
  database: Database;
  clock: Clock;
  root?: string;
}) =>
  createRecovery({
    database,
    store: usageStore,
    processes: processesStore,
    write: {
      insertHolds: (records) => usageStore.insertHolds(database, records),
      insertSettled: createWriteSettled({ database, store: usageStore, rollups: rollupsStore }),
    },
    isRefused: isRefusedData,
    root,
    ownId: "proc_test",
    clock,
    log,
  });

/** Nobody has seen the process for minutes that holds something for a request. */
export const forgetProcessOf = (database: Database, requestId: string): Promise<number> =>
  database.execute(
    `update usage_processes set seen_at = now() - interval '3 minutes'
     where id = (select process_id from usage_entries where request_id = $1 and kind = 'hold')`,
    [requestId],
  );
