import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { judge } from "./judge.ts";
import { differenceOf, resultOf, tableOf } from "./report.ts";
import { faultRun } from "./run.ts";

/*
 * The large fault run: `npm run fault-run -- [--calls 6500] [--seed 1] [--kills 12]`. Prints what providers count and what
 * is billed by rule, keeps it in result.json, and fails when anything is left unexplained.
 */
const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "6500" },
    seed: { type: "string", default: "1" },
    kills: { type: "string", default: "12" },
  },
});
const options = { calls: Number(values.calls), seed: Number(values.seed), kills: Number(values.kills) };

const beganMs = performance.now();
const run = await faultRun(options);
const verdict = judge(run.evidence);
const faults = [
  ...verdict.faults,
  ...differenceOf(run.evidence.ledger, run.repeated),
  ...run.errors.map((line) => ({ requestId: "none", why: `the server logged ${line.slice(0, 500)}` })),
];
const seconds = Math.round((performance.now() - beganMs) / 1000);
console.log(tableOf(run.evidence, verdict));
console.log(`${seconds} s, ${run.kills.length} kills, seed ${options.seed}`);
const hardware = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  memory_gib: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
const result = { ...resultOf(run.evidence, verdict), options, hardware, seconds, unexplained: faults.length };
await writeFile(join(import.meta.dirname, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
if (faults.length > 0) {
  for (const { requestId, why } of faults.slice(0, 200)) console.error(`UNEXPLAINED ${requestId}: ${why}`);
  const again = `--calls ${options.calls} --seed ${options.seed} --kills ${options.kills}`;
  console.error(`${faults.length} unexplained; repeat with: npm run fault-run -- ${again}`);
  process.exitCode = 1;
}
