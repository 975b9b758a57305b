import { parseArgs } from "node:util";
import { startFakeAnthropic } from "./anthropic/anthropic.ts";
import { startFakeGemini } from "./gemini/gemini.ts";
import { startFakeOpenAi } from "./openai/openai.ts";

const starts = { openai: startFakeOpenAi, anthropic: startFakeAnthropic, gemini: startFakeGemini } as const;

const isProvider = (name: string): name is keyof typeof starts => name in starts;

const { values } = parseArgs({
  options: {
    provider: { type: "string" },
    port: { type: "string", default: "0" },
    journal: { type: "string" },
    "api-key": { type: "string" },
    "end-with-stdin": { type: "boolean", default: false },
  },
});
const { provider = "", port, journal: journalPath, "api-key": apiKey } = values;
if (!isProvider(provider)) throw new Error(`--provider is one of ${Object.keys(starts).join(", ")}`);
const fake = await starts[provider]({
  port: Number(port),
  ...(journalPath === undefined ? {} : { journalPath }),
  ...(apiKey === undefined ? {} : { apiKey }),
});
console.log(JSON.stringify({ provider, origin: fake.origin, apiKey: fake.apiKey }));
// A test that is killed leaves no process behind; the journal stays.
if (values["end-with-stdin"]) process.stdin.once("close", () => process.exit()).resume();
process.once("SIGTERM", () => {
  // Its standard input, if it listens there, would keep the process.
  void fake.close().then(() => process.exit());
});
