import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const rounds = 5;

/** Seconds from `npm start` to the line that says it is ready; then the server is stopped as Ctrl+C stops it. */
const startOnce = async (dataDir: string): Promise<number> => {
  const started = performance.now();
  const child = spawn(process.execPath, [join(root, "tools/launch/launch.mjs"), "start"], {
    cwd: root,
    env: { ...process.env, PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "error" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (/ready at http/.test(output)) break;
  }
  const seconds = (performance.now() - started) / 1000;
  child.kill("SIGTERM");
  await once(child, "exit");
  return Math.round(seconds * 100) / 100;
};

const dataDir = await mkdtemp(join(tmpdir(), "llm-tuner-start-"));
try {
  const first = await startOnce(dataDir);
  const later: number[] = [];
  for (let round = 0; round < rounds; round++) later.push(await startOnce(dataDir));
  const sorted = later.toSorted((a, b) => a - b);
  const result = {
    what: "seconds from npm start to ready, packages installed and client built; the first start makes the database",
    hardware: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
    firstStartSeconds: first,
    secondStartSeconds: { median: sorted[Math.floor(rounds / 2)], worst: sorted.at(-1), all: later },
  };
  await writeFile(join(import.meta.dirname, "second-start.json"), `${JSON.stringify(result, null, 2)}\n`);
  console.log(result);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
