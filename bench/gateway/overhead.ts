/**
 * What the gateway costs: CPU microseconds per request and added latency, against the provider asked directly and
 * against a bare pass-through proxy, all interleaved in one run. Usage:
 *
 *     node bench/gateway/overhead.ts [--requests 2000] [--streams 300] [--rounds 5]
 *
 * Prints a table and writes bench/gateway/overhead.json. CPU time is the subject process's own (user and system), so
 * the load generator and the provider are not in it; wall-clock numbers of a shared machine are only indications.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { Agent } from "undici";
import { z } from "zod";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "2000" },
    streams: { type: "string", default: "300" },
    rounds: { type: "string", default: "5" },
  },
});
const sizes = { whole: Number(values.requests), stream: Number(values.streams) };
const rounds = Number(values.rounds);
const concurrency = 16;

interface Subject {
  name: string;
  child: ChildProcess;
  url: string;
}

const Address = z.object({ port: z.int() });
const CpuUsage = z.object({ user: z.number(), system: z.number() });

const message = async <Schema extends z.ZodType>(child: ChildProcess, schema: Schema): Promise<z.output<Schema>> => {
  const [received]: unknown[] = await once(child, "message");
  return schema.parse(received);
};

const start = async (name: string, upstreamUrl?: string): Promise<Subject> => {
  const child = fork(new URL("./subject.ts", import.meta.url), [name, ...(upstreamUrl ? [upstreamUrl] : [])]);
  const { port } = await message(child, Address);
  return { name, child, url: `http://127.0.0.1:${port}` };
};

const cpuMicroseconds = async ({ child }: Subject): Promise<number> => {
  child.send("cpu");
  const { user, system } = await message(child, CpuUsage);
  return user + system;
};

const agent = new Agent({ connections: concurrency, pipelining: 1 });

/** One request, read to its end. Resolves to milliseconds until the first byte. */
const ask = (url: string, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const startedMs = performance.now();
    let firstByteMs = 0;
    const headers = { "content-type": "application/json", authorization: "Bearer bench-key" };
    agent.dispatch(
      { origin: url, path: "/v1/chat/completions", method: "POST", headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, status) => {
          if (status !== 200) reject(new Error(`status ${status}`));
        },
        onResponseData: () => {
          if (firstByteMs === 0) firstByteMs = performance.now() - startedMs;
        },
        onResponseEnd: () => resolve(firstByteMs),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });

const body = (stream: boolean): string =>
  JSON.stringify({ model: "tuned", messages: [{ role: "user", content: "word ".repeat(50) }], stream });

const load = async (url: string, stream: boolean, count: number): Promise<number[]> => {
  const firstBytes: number[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      firstBytes.push(await ask(url, body(stream)));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return firstBytes;
};

const sequential = async (url: string, stream: boolean, count: number): Promise<number[]> => {
  const firstBytes: number[] = [];
  for (let index = 0; index < count; index += 1) firstBytes.push(await ask(url, body(stream)));
  return firstBytes;
};

const quantile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? 0;

const upstream = await start("upstream");
const proxies = [await start("bare", upstream.url), await start("gateway", upstream.url)];
const subjects = [upstream, ...proxies];

interface Sample {
  cpuUs: number[];
  firstByteMs: number[];
}
const samples = new Map<string, Sample>();

const measure = async (subject: Subject, kind: "whole" | "stream"): Promise<void> => {
  const stream = kind === "stream";
  const before = await cpuMicroseconds(subject);
  await load(subject.url, stream, sizes[kind]);
  const cpuUs = ((await cpuMicroseconds(subject)) - before) / sizes[kind];
  const firstByteMs = await sequential(subject.url, stream, Math.ceil(sizes[kind] / 10));
  const key = `${subject.name}/${kind}`;
  const sample = samples.get(key) ?? { cpuUs: [], firstByteMs: [] };
  sample.cpuUs.push(cpuUs);
  sample.firstByteMs.push(...firstByteMs);
  samples.set(key, sample);
};

for (const { url } of subjects) {
  await load(url, false, 1_500);
  await load(url, true, 200);
}
for (let round = 0; round < rounds; round += 1) {
  for (const kind of ["whole", "stream"] as const) for (const subject of subjects) await measure(subject, kind);
}
for (const { child } of subjects) child.kill();
await agent.close();

const results = [...samples].map(([subject, { cpuUs, firstByteMs }]) => ({
  subject,
  cpuUsPerRequest: { median: Math.round(quantile(cpuUs, 0.5)), best: Math.round(Math.min(...cpuUs)) },
  firstByteMsOneAtATime: {
    p50: Number(quantile(firstByteMs, 0.5).toFixed(3)),
    p99: Number(quantile(firstByteMs, 0.99).toFixed(3)),
  },
}));
const record = {
  what: "CPU time of the subject process per request; streams have 60 content events",
  date: new Date().toISOString().slice(0, 10),
  hardware: { cpu: cpus()[0]?.model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) },
  software: { node: process.version, os: `${process.platform} ${release()}` },
  load: { ...sizes, rounds, concurrency },
  results,
};
writeFileSync(new URL("./overhead.json", import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
console.table(
  results.map(({ subject, cpuUsPerRequest, firstByteMsOneAtATime }) => ({
    subject,
    "CPU µs (median)": cpuUsPerRequest.median,
    "CPU µs (best)": cpuUsPerRequest.best,
    "first byte p50 ms": firstByteMsOneAtATime.p50,
    "first byte p99 ms": firstByteMsOneAtATime.p99,
  })),
);
