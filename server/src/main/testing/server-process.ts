import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface ServerProcess {
  child: ChildProcess;
  /** Resolves with the address when the server says that it is ready; rejects when it ends before. */
  ready: Promise<string>;
  /** Resolves when the process has ended. */
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  output(): string;
}

const entry = fileURLToPath(new URL("../server.ts", import.meta.url));

/** Starts the real server as a process of its own, with nothing of this one's settings. */
export function startServerProcess(settings: Readonly<Record<string, string>>): ServerProcess {
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env.PATH ?? "", PORT: "0", WEB_DIRECTORY: "/nonexistent", ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const ready = Promise.withResolvers<string>();
  const collect = (text: Buffer) => {
    output += text.toString();
    const said = /^LLM Tuner is ready (?:at (\S+)|to work\.)$/m.exec(output);
    if (said !== null) ready.resolve(said[1] ?? "");
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const exit = once(child, "close").then(([code, signal]) => {
    ready.reject(new Error(`The server ended before it was ready:\n${output}`));
    return { code, signal };
  });
  ready.promise.catch(() => undefined);
  return { child, ready: ready.promise, exit, output: () => output };
}
