import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Upstream } from "./own-subjects.ts";
import { checkMetering, prepareAccounts } from "./platform-api.ts";
import { endProcess, pidOf, type Subject } from "./subject.ts";

const root = join(import.meta.dirname, "../../..");
export const ownName = "llm-tuner";
export const budgetedName = "llm-tuner with budgets";
const keys = 16;
/** Known to the server with its price; who answers for OpenAI is the benchmark's provider. */
const model = "gpt-4o-mini";
/** Parameters of Node with which the server tells how much memory lives in it. */
const probe = ["--expose-gc", "--import", new URL("./memory-probe.ts", import.meta.url).href];

const MemoryUsage = z.object({
  rss: z.number(),
  heapUsed: z.number(),
  external: z.number(),
  arrayBuffers: z.number(),
});

export interface Platform extends Subject {
  /** The same server, asked by callers whose money is bounded too. */
  budgeted: Subject;
  /** Collects garbage in the server and says what is left. Only of a server that was started with `probesMemory`. */
  liveMemory(): Promise<z.infer<typeof MemoryUsage>>;
}

export interface PlatformOptions {
  upstream: Upstream;
  probesMemory?: boolean;
  /** Folder for a CPU profile of the server, written when it ends. */
  profileDirectory?: string;
}

const readyLine = /^LLM Tuner is ready at (\S+)$/m;
const setupLine = /\/setup#token=(\S+) to become one/;

/** What the server printed when it was ready. It goes to a file, as a service manager's would, not to a pipe. */
async function readyServer(child: ChildProcess, output: string): Promise<{ origin: string; setupToken: string }> {
  for (;;) {
    const text = readFileSync(output, "utf8");
    const origin = readyLine.exec(text)?.[1];
    const setupToken = setupLine.exec(text)?.[1];
    if (origin !== undefined && setupToken !== undefined) return { origin, setupToken };
    if (child.exitCode !== null) throw new Error(`The server ended before it was ready:\n${text}`);
    await delay(50);
  }
}

/** The whole server as it is installed, with its embedded, durable PostgreSQL, on a data directory of its own. */
export async function startPlatform({ upstream, probesMemory, profileDirectory }: PlatformOptions): Promise<Platform> {
  const directory = await mkdtemp(join(tmpdir(), "llm-tuner-bench-"));
  // The database runs as another user when the benchmark is run by root.
  await chmod(directory, 0o711);
  const output = join(directory, "server.log");
  const file = openSync(output, "a");
  const profiling = profileDirectory === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDirectory}`];
  const parameters = [...(probesMemory === true ? probe : []), ...profiling, join(root, "server/src/main/server.ts")];
  const env = {
    PATH: process.env["PATH"],
    PORT: "0",
    DATA_DIR: join(directory, "data"),
    WEB_DIRECTORY: join(directory, "no-web-client"),
    OPENAI_API_KEY: "sk-upstream",
    OPENAI_BASE_URL: upstream.target.origin,
  };
  const child = spawn(process.execPath, parameters, { env, stdio: ["ignore", file, file, "ipc"] });
  closeSync(file);
  const stop = async () => {
    await endProcess(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const { origin, setupToken } = await readyServer(child, output);
    const secrets = await prepareAccounts(origin, setupToken, keys);
    const pid = pidOf(child);
    const targetOf = (some: readonly string[]) => ({
      origin,
      path: "/v1/chat/completions",
      model,
      headers: some.map((secret) => ({ authorization: `Bearer ${secret}` })),
    });
    for (const [secret = ""] of [secrets.limited, secrets.budgeted]) await checkMetering({ origin, secret, model });
    return {
      name: ownName,
      description:
        "the whole server with its own durable PostgreSQL: API keys, a tier that limits requests, tokens and answers at once, prices, the ledger",
      pid,
      target: targetOf(secrets.limited),
      budgeted: {
        name: budgetedName,
        description: "the same process; the tier also limits money a month, and each of 16 keys has a budget",
        pid,
        target: targetOf(secrets.budgeted),
        // It ends with the server.
        stop: async () => {},
      },
      async liveMemory() {
        const answered = once(child, "message");
        child.send("memory");
        const [usage]: unknown[] = await answered;
        return MemoryUsage.parse(usage);
      },
      stop,
    };
  } catch (error) {
    const said = readFileSync(output, "utf8").trim().split("\n").slice(-5).join("\n");
    await stop();
    throw new Error(`The server cannot be measured. It said last:\n${said}`, { cause: error });
  }
}
