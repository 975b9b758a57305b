/** A server that starts one worker, says so on its standard output and waits to be killed. */
import { join } from "node:path";
import { silentLog } from "../../platform/log/log.ts";
import { createTrainerLauncher } from "../../platform/processes/trainer.ts";
import { systemClock } from "../../platform/time/clock.ts";
import { ServingManager } from "../serving-manager.ts";
import type { ServingTarget } from "../serving-process.ts";
import { testConfig } from "./scripted-trainer.ts";

const [, , dataDir = "", target = ""] = process.argv;
const manager = new ServingManager(
  {
    trainer: createTrainerLauncher({
      pythonPath: join(dataDir, "python"),
      trainerPath: dataDir,
      environment: {},
      log: silentLog,
    }),
    servingRoot: join(dataDir, "serving"),
    config: testConfig(),
    log: silentLog,
  },
  systemClock,
);
// Written by the test that starts this program.
await manager.acquire(JSON.parse(target) as ServingTarget, new AbortController().signal);
process.stdout.write("serving\n");
setInterval(() => undefined, 60_000);
