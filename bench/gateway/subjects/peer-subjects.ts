import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { installLiteLlm, installPortkey } from "../peers/install.ts";
import type { Upstream } from "./own-subjects.ts";
import { endProcess, pidOf, type Subject } from "./subject.ts";

const startTimeoutMs = 120_000;
const path = "/v1/chat/completions";

/** A port that nobody listens on; the peers cannot choose one by themselves and say it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  return address.port;
}

async function waitUntilHealthy(child: ChildProcess, address: string): Promise<void> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (text: Buffer) => {
      output = (output + text.toString()).slice(-2000);
    });
  }
  const deadline = performance.now() + startTimeoutMs;
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    try {
      if ((await fetch(address, { signal: AbortSignal.timeout(1000) })).ok) return;
    } catch {
      // It does not listen yet.
    }
    await delay(200);
  }
  throw new Error(`${address} does not answer:\n${output}`);
}

interface Peer {
  program: string;
  parameters: readonly string[];
  /** An address that answers when the peer is ready. */
  health: string;
  home: string;
}

async function startPeer({ program, parameters, health, home }: Peer) {
  const env = { PATH: process.env["PATH"], HOME: home };
  const child = spawn(program, parameters, { env, stdio: ["ignore", "pipe", "pipe"] });
  const stop = async () => {
    await endProcess(child);
    await rm(home, { recursive: true, force: true });
  };
  try {
    await waitUntilHealthy(child, health);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: pidOf(child), stop };
}

/** Portkey takes the provider's address from the request's headers; keys and limits are not part of its open source. */
export async function startPortkey(upstream: Upstream): Promise<Subject> {
  const entry = await installPortkey();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const home = await mkdtemp(join(tmpdir(), "portkey-bench-"));
  const peer = await startPeer({
    program: process.execPath,
    parameters: [entry, `--port=${port}`, "--headless"],
    health: origin,
    home,
  });
  const headers = {
    authorization: "Bearer bench",
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": `${upstream.target.origin}/v1`,
  };
  return {
    name: "portkey",
    description: "Portkey's gateway 1.15.2 with the packages of its own lock: no credentials, no limits, no metering",
    target: { origin, path, model: "bench", headers: [headers] },
    ...peer,
  };
}

const masterKey = "sk-bench";

/** LiteLLM without a database: its master key is proved, and cost is computed but kept nowhere. */
export async function startLiteLlm(upstream: Upstream): Promise<Subject> {
  const program = await installLiteLlm();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const home = await mkdtemp(join(tmpdir(), "litellm-bench-"));
  const config = join(home, "config.json");
  const parameters = { model: "openai/bench", api_base: `${upstream.target.origin}/v1`, api_key: "sk-upstream" };
  // JSON is YAML.
  const settings = {
    model_list: [{ model_name: "bench", litellm_params: parameters }],
    general_settings: { master_key: masterKey },
  };
  await writeFile(config, JSON.stringify(settings));
  const peer = await startPeer({
    program,
    parameters: ["--config", config, "--host", "127.0.0.1", "--port", String(port)],
    health: `${origin}/health/liveliness`,
    home,
  });
  return {
    name: "litellm",
    description: "LiteLLM 1.106.2 with uvicorn and uvloop, one worker: its master key, no limits, no ledger",
    target: { origin, path, model: "bench", headers: [{ authorization: `Bearer ${masterKey}` }] },
    ...peer,
  };
}
