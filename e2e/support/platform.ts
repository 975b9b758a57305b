import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** The real server as its own process on a data folder of its own, as `npm start` runs it. */
export class Platform {
  readonly dataDir: string;
  #process: ChildProcess | undefined;
  #origin = "";

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  static async start(): Promise<Platform> {
    const platform = new Platform(await mkdtemp(join(tmpdir(), "llm-tuner-e2e-")));
    await platform.startProcess();
    return platform;
  }

  get origin(): string {
    return this.#origin;
  }

  /** Starts the server on the same data folder; the port may be another one than before. */
  async startProcess(): Promise<void> {
    const child = spawn(process.execPath, [join(root, "server/src/main/server.ts")], {
      cwd: root,
      env: { ...process.env, PORT: "0", DATA_DIR: this.dataDir, LOG_LEVEL: "warn" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#origin = await new Promise<string>((resolve, reject) => {
      let output = "";
      const collect = (chunk: Buffer): void => {
        output += chunk.toString();
        const origin = /ready at (http:\/\/\S+)/.exec(output)?.[1];
        if (origin !== undefined) resolve(origin);
      };
      child.stdout.on("data", collect);
      child.stderr.on("data", collect);
      child.once("exit", (code) => reject(new Error(`the server ended with ${code} before it was ready:\n${output}`)));
    });
  }

  /** Ends the process by a signal and waits until it is gone. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => {
      child.once("exit", resolve);
    });
    child.kill(signal);
    await exited;
  }

  async dispose(): Promise<void> {
    await this.end("SIGTERM");
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
