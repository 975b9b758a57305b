import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { silentLog } from "../../platform/log/log.ts";
import { createTrainerLauncher } from "../../platform/processes/trainer.ts";
import type { SupervisionOptions } from "./supervision.ts";

const trainerPath = fileURLToPath(new URL("../../../../trainer", import.meta.url));

const chat = (number: number): string =>
  JSON.stringify({
    messages: [
      { role: "user", content: `What is ${number} plus one?` },
      { role: "assistant", content: `${number + 1}.` },
    ],
  });

const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, index) => `${chat(from + index)}\n`).join("");

/** The Python trainer itself, on the bundled starter model and a few hundred small chats. */
export const realTraining: Required<Pick<SupervisionOptions, "trainer" | "writeRunData" | "config">> = {
  trainer: createTrainerLauncher({
    pythonPath: join(trainerPath, ".venv/bin/python"),
    trainerPath,
    environment: process.env,
    log: silentLog,
  }),
  async writeRunData(_datasetId, runFolder) {
    await mkdir(join(runFolder, "data"));
    await writeFile(join(runFolder, "data/train.jsonl"), lines(0, 240));
    await writeFile(join(runFolder, "data/held-out.jsonl"), lines(1000, 10));
  },
  config: { checkpointSeconds: 0.2, threads: 1 },
};
