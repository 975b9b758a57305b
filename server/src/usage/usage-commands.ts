import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import { rollupsStore } from "./reports/rollups.store.ts";
import { createUpkeepUsecases, type UpkeepUsecases } from "./reports/upkeep.usecases.ts";

/** What the operator of the server does from a terminal, beside a server that runs or without one. */
export type UsageCommands = Pick<UpkeepUsecases, "rebuild" | "check">;

export const createUsageCommands = ({ database, log }: { database: Database; log: Log }): UsageCommands =>
  createUpkeepUsecases({ database, store: rollupsStore, log });
