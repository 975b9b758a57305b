/**
 * What the gateway costs, with credentials, limits and metering on: CPU time, throughput and added latency against the
 * provider asked directly, a bare pass-through proxy, Portkey and LiteLLM, interleaved in one run; then whether its
 * memory stays flat. README.md says how. Usage:
 *
 *     npm run bench:gateway -- [--quick] [--only overhead|soak] [--rounds 5] [--seed 1] [--soak 10m]
 *                              [--without portkey,litellm] [--profile folder]
 *
 * Prints tables, writes overhead.json, soak.json and the tables of README.md, and fails when a promise is not kept. A quick run
 * shows that everything works and records nothing. Needs Linux, whose /proc says what each process used.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { machine } from "./machine.ts";
import { measureOverhead, type OverheadPlan } from "./overhead.ts";
import { overheadInMarkdown, soakInMarkdown, withBlock } from "./readme.ts";
import { overheadRecord, printOverhead, printVerdicts } from "./report.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string" },
    seed: { type: "string", default: "1" },
    soak: { type: "string" },
    without: { type: "string", default: "" },
    profile: { type: "string" },
  },
});
const { quick, only } = values;
if (process.platform !== "linux") throw new Error("This benchmark reads /proc, which only Linux has.");
if (only !== undefined && only !== "overhead" && only !== "soak") throw new Error("--only is overhead or soak.");

const minutesOf = (text: string): number => {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(m|s)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`--soak is a time such as 10m or 90s, not "${text}".`);
  return unit === "m" ? Number(number) : Number(number) / 60;
};

const plan: OverheadPlan = {
  rounds: Number(values.rounds ?? (quick ? 2 : 5)),
  seed: Number(values.seed),
  floodMs: quick ? 1000 : 3000,
  // V8 goes on compiling for some twenty seconds of load, on threads whose time counts.
  warmUpMs: quick ? 1000 : 7000,
  pairs: quick ? 100 : 300,
  firstEventPairs: quick ? 10 : 20,
  connections: 16,
  holdMs: 80,
  without: values.without.split(",").filter(Boolean),
  ...(values.profile === undefined ? {} : { profileDirectory: values.profile }),
};

const record = (name: "overhead" | "soak", result: object, inMarkdown: string): void => {
  if (quick) return;
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
  const readme = new URL("README.md", import.meta.url);
  writeFileSync(readme, withBlock(readFileSync(readme, "utf8"), name, inMarkdown));
};

if (only !== "soak") {
  const result = overheadRecord(plan, await measureOverhead(plan));
  printOverhead(result);
  record("overhead", result, overheadInMarkdown(result));
  if (!quick && result.verdicts.some(({ met }) => met === false)) process.exitCode = 1;
}
if (only !== "overhead") {
  const soakPlan = { minutes: minutesOf(values.soak ?? (quick ? "30s" : "10m")), ratePerSecond: 300 };
  const result = { what: "memory of the server under a steady load", ...machine(), ...(await soak(soakPlan)) };
  console.log(JSON.stringify(result, null, 2));
  printVerdicts([
    {
      promise: `memory flat over ${soakPlan.minutes} min: live memory rises at most ${result.bounds.live * 100} %`,
      measured: result.live.growthShareAtMost,
      met: result.live.flat,
    },
    {
      promise: `resident memory rises at most ${result.bounds.resident * 100} %`,
      measured: result.resident.growthShareAtMost,
      met: result.resident.flat,
    },
  ]);
  record("soak", result, soakInMarkdown(result));
  if (!quick && !result.flat) process.exitCode = 1;
}
