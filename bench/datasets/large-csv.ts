/**
 * What a large table costs: upload, check, conversion and token counts of 55,000 rows through the public API of a
 * server that is started for this with embedded defaults. Usage:
 *
 *     node bench/datasets/large-csv.ts [--rounds 3] [--file table.csv --times 20] [--no-record]
 *
 * Prints a table and writes bench/datasets/large-csv.json. CPU seconds and peak memory are those of the server process
 * and of the tokenizer that it starts. The two work one after the other, so that their CPU seconds bound the time on an
 * idle machine; the limit is held against them, for wall-clock times of a shared machine are only indications. Linux only.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openAsBlob, writeFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Dataset } from "@llm-tuner/contract/datasets.ts";
import { z } from "zod";
import { cpuSeconds, forgetPeak, peakMemoryMib, watchTrainer } from "./process-usage.ts";
import { writeRepeated, writeSurveyTable } from "./survey-table.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    file: { type: "string" },
    times: { type: "string", default: "20" },
    "no-record": { type: "boolean", default: false },
  },
});
const limits = { cpuSeconds: 10, mib: 300 };

async function startServer(dataDir: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../server/src/main/server.ts")], {
    env: { ...process.env, PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "error" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const origin = /ready at (http:\/\/\S+)/.exec(line)?.[1];
    if (origin !== undefined && child.pid !== undefined) return { child, origin, pid: child.pid };
  }
  throw new Error("the server did not start");
}

async function createClient(origin: string) {
  const call = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(`${origin}${path}`, init);
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`);
    return body;
  };
  const json = (body: object): RequestInit => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const password = crypto.randomUUID();
  const account = await call("/api/auth/register", json({ email: "bench@example.org", password }));
  const { access_token } = z.object({ access_token: z.string() }).parse(account);
  return (path: string, init: RequestInit = {}) =>
    call(path, {
      ...init,
      headers: { ...Object.fromEntries(new Headers(init.headers)), authorization: `Bearer ${access_token}` },
    });
}

type Client = Awaited<ReturnType<typeof createClient>>;

async function upload(client: Client, path: string): Promise<string> {
  const form = new FormData();
  form.append("files", await openAsBlob(path), "survey.csv");
  const result = await client("/api/upload", { method: "POST", body: form });
  const [file] = z.object({ files: z.array(z.object({ file_id: z.string() })) }).parse(result).files;
  return file?.file_id ?? "";
}

async function createDataset(client: Client, fileId: string): Promise<Dataset> {
  let dataset = Dataset.parse(
    await client("/api/datasets", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ file_ids: [fileId] }),
    }),
  );
  while (dataset.status === "checking") dataset = Dataset.parse(await client(`/api/datasets/${dataset.id}`));
  return dataset;
}

async function measure({ client, pid, path }: { client: Client; pid: number; path: string }) {
  forgetPeak(pid);
  const idleMib = peakMemoryMib(pid);
  const cpuBefore = cpuSeconds(pid);
  const trainer = watchTrainer(pid);
  const startedMs = performance.now();
  const fileId = await upload(client, path);
  const uploadedMs = performance.now();
  const { report } = await createDataset(client, fileId);
  const endedMs = performance.now();
  const tokenizer = trainer.stop();
  const seconds = (ms: number): number => Math.round(ms / 10) / 100;
  return {
    uploadSeconds: seconds(uploadedMs - startedMs),
    datasetSeconds: seconds(endedMs - uploadedMs),
    serverCpuSeconds: Math.round((cpuSeconds(pid) - cpuBefore) * 100) / 100,
    serverPeakMib: peakMemoryMib(pid),
    serverIdleMib: idleMib,
    tokenizerCpuSeconds: tokenizer.cpuSeconds,
    tokenizerPeakMib: tokenizer.peakMib,
    rows: report?.rows,
    examples: report?.examples,
    tokens: (report?.train.tokens ?? 0) + (report?.held_out.tokens ?? 0),
  };
}

const [loadBefore = 0] = loadavg();
const folder = await mkdtemp(join(tmpdir(), "bench-datasets-"));
const path = join(folder, "table.csv");
const rows =
  values.file === undefined
    ? await writeSurveyTable(path)
    : await writeRepeated({ from: values.file, path, times: Number(values.times) });
const { child, origin, pid } = await startServer(join(folder, "data"));
try {
  const client = await createClient(origin);
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round += 1) rounds.push(await measure({ client, pid, path }));
  console.table(rounds);
  const worst = {
    cpuSeconds: Math.max(...rounds.map((round) => round.serverCpuSeconds + round.tokenizerCpuSeconds)),
    wallSeconds: Math.max(...rounds.map((round) => round.uploadSeconds + round.datasetSeconds)),
    mib: Math.max(...rounds.map((round) => Math.max(round.serverPeakMib, round.tokenizerPeakMib))),
    mibTogether: Math.max(...rounds.map((round) => round.serverPeakMib + round.tokenizerPeakMib)),
  };
  const record = {
    what: "Upload, check, conversion, split and token counts of one table through the public API",
    date: new Date().toISOString().slice(0, 10),
    hardware: { cpu: cpus()[0]?.model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) },
    loadOfOthers: { averageBefore: Math.round(loadBefore * 10) / 10 },
    software: { node: process.version, os: `${process.platform} ${release()}` },
    table: {
      rows,
      bytes: (await stat(path)).size,
      source: values.file === undefined ? "generated, all rows different" : `given, ${values.times} times`,
    },
    limits,
    worst,
    rounds,
  };
  console.log(
    `Worst: ${worst.cpuSeconds.toFixed(1)} CPU s, ${worst.wallSeconds.toFixed(1)} s by the clock, ` +
      `${worst.mib} MiB in one process, ${worst.mibTogether} MiB together.`,
  );
  if (!values["no-record"])
    writeFileSync(new URL("./large-csv.json", import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
  if (worst.cpuSeconds > limits.cpuSeconds || worst.mib > limits.mib) process.exitCode = 1;
} finally {
  child.kill("SIGTERM");
  await once(child, "exit");
  await rm(folder, { recursive: true, force: true });
}
