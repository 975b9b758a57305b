import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { Health } from "@llm-tuner/contract/operations.ts";

const root = join(import.meta.dirname, "../..");

export interface RunningPlatform {
  origin: string;
  /** True when somebody else had started it and it goes on running afterwards. */
  wasRunning: boolean;
  stop(): Promise<void>;
}

const answers = async (origin: string): Promise<boolean> => {
  try {
    const response = await fetch(new URL("/health", origin), { signal: AbortSignal.timeout(2000) });
    return Health.safeParse(await response.json()).success;
  } catch {
    // Nothing listens there, or it is not this platform: the demo starts its own.
    return false;
  }
};

const ready = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      const origin = /ready at (http:\/\/\S+)/.exec(output)?.[1];
      if (origin !== undefined) resolve(origin);
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.once("exit", (code) =>
      reject(new Error(`The platform ended with exit code ${code} before it was ready:\n${output}`)),
    );
    child.once("error", reject);
  });

/** Uses the platform that runs on the usual port, or starts one with embedded defaults on a free port. */
export const startPlatform = async (): Promise<RunningPlatform> => {
  const usual = `http://localhost:${process.env["PORT"] ?? "5000"}`;
  if (await answers(usual)) return { origin: usual, wasRunning: true, stop: async () => {} };
  const child = spawn(process.execPath, [join(root, "server/src/main/server.ts")], {
    cwd: root,
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const origin = await ready(child);
  return {
    origin,
    wasRunning: false,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
};
