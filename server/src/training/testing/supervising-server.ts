/*
 * A server that only looks after tuning jobs, as a process of its own, so that tests can kill it. Its arguments are the
 * URL of the database, the data directory, and which trainer it starts: `scripted` or `real`.
 */
import { createPgDatabase } from "../../platform/database/pg-database.ts";
import { silentLog } from "../../platform/log/log.ts";
import { startPgBossQueue } from "../../platform/queue/pg-boss-queue.ts";
import { realTraining } from "./real-trainer.ts";
import { createSupervision } from "./supervision.ts";

const [url = "", dataDir = "", which = "scripted"] = process.argv.slice(2);
const database = createPgDatabase({ url, log: silentLog });
const queue = await startPgBossQueue({ url, log: silentLog });
const { supervisor } = createSupervision({ database, queue, dataDir, ...(which === "real" ? realTraining : {}) });
await supervisor.start();
console.log("ready");
