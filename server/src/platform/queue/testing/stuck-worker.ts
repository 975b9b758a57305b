import { silentLog } from "../../log/log.ts";
import { startPgBossQueue } from "../pg-boss-queue.ts";
import { defineWorker } from "../queue.ts";

// A process of its own that takes a job, says so, and never ends it: the test kills it.
const queue = await startPgBossQueue({ url: process.env.TEST_DATABASE_URL ?? "", log: silentLog });
await queue.work([
  defineWorker({
    queue: "training.finished",
    options: { retries: 3 },
    handle() {
      process.send?.("working");
      return new Promise(() => {});
    },
  }),
]);
