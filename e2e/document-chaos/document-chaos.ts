import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { judge } from "./judge.ts";
import { documentChaos } from "./run.ts";

/*
 * The large chaos run: `npm run chaos:documents -- [--documents 1000] [--kills 30] [--seed 1]`. Keeps what became of the
 * documents in result.json, and fails when one has no result or two, or when money is not accounted for.
 */
const { values } = parseArgs({
  options: {
    documents: { type: "string", default: "1000" },
    kills: { type: "string", default: "30" },
    seed: { type: "string", default: "1" },
  },
});
const beganMs = performance.now();
const tellEveryMs = 30_000;
let toldMs = beganMs;
const onProgress = ({ ended, kills }: { ended: number; kills: number }): void => {
  const nowMs = performance.now();
  if (nowMs - toldMs < tellEveryMs) return;
  toldMs = nowMs;
  console.error(`${ended} documents have ended, ${kills} kills, ${Math.round((nowMs - beganMs) / 1000)} s`);
};
const options = { documents: Number(values.documents), kills: Number(values.kills), seed: Number(values.seed) };

const { evidence, killed, seconds, errors } = await documentChaos({ ...options, onProgress });
const { faults, ...money } = judge(evidence);
const count = (part: string) => killed.filter((one) => one === part).length;
const { total, completed, failed, pending, processing, costNanoUsd } = evidence.shown;
const result = {
  options,
  kills: { web: count("web"), worker: count("worker") },
  documents: { total, completed, failed, pending, processing, costNanoUsd },
  duplicates: evidence.documents.filter(({ duplicateOf }) => duplicateOf !== null).length,
  provider_calls: evidence.calls.length,
  charges: evidence.charges.length,
  ...money,
  faults,
  errors_logged: errors.length,
  seconds,
  hardware: {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  },
};
console.log(JSON.stringify(result, null, 2));
for (const line of errors.slice(0, 20)) console.error(line.slice(0, 500));
await writeFile(join(import.meta.dirname, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
if (faults.length > 0) process.exitCode = 1;
