import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTrainerLauncher, type Trainer } from "../../platform/processes/trainer.ts";
import { silentLog } from "../../platform/log/log.ts";

/** A trainer whose process runs a shell script; `$4` is the run folder. For what the real one does only when it breaks. */
export async function createScriptedTrainer(folder: string, script: string): Promise<Trainer> {
  const path = join(folder, `trainer-${Math.random().toString(36).slice(2)}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return createTrainerLauncher({
    pythonPath: path,
    trainerPath: folder,
    environment: { PATH: "/usr/bin:/bin" },
    log: silentLog,
  });
}
