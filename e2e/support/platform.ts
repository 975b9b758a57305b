import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const root = join(import.meta.dirname, "../..");

/** Settings of the server, as they stand in its environment. */
export type PlatformSettings = Readonly<Record<string, string>>;

/** The real server as its own process on a data folder of its own, as `npm start` runs it. */
export class Platform {
  readonly dataDir: string;
  readonly #settings: PlatformSettings;
  #process: ChildProcess | undefined;
  #origin = "";
  #output = "";

  private constructor(dataDir: string, settings: PlatformSettings) {
    this.dataDir = dataDir;
    this.#settings = settings;
  }

  static async start(settings: PlatformSettings = {}): Promise<Platform> {
    const platform = new Platform(await mkdtemp(join(tmpdir(), "llm-tuner-e2e-")), settings);
    await platform.startProcess();
    return platform;
  }

  get origin(): string {
    return this.#origin;
  }

  /** All that the present process has printed. */
  get output(): string {
    return this.#output;
  }

  /** The link by which the first administrator is made; the server prints it a moment after it is ready. */
  async setupUrl(): Promise<string> {
    for (let tries = 0; tries < 600; tries++) {
      const url = /Open (\S+\/setup#token=\S+)/.exec(this.#output)?.[1];
      if (url !== undefined) return url;
      await delay(100);
    }
    throw new Error(`the server printed no setup link:\n${this.#output}`);
  }

  /** Starts the server on the same data folder; the port may be another one than before. */
  async startProcess(): Promise<void> {
    const child = spawn(process.execPath, [join(root, "server/src/main/server.ts")], {
      cwd: root,
      env: { ...process.env, PORT: "0", LOG_LEVEL: "warn", ...this.#settings, DATA_DIR: this.dataDir },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#output = "";
    this.#origin = await new Promise<string>((resolve, reject) => {
      const collect = (chunk: Buffer): void => {
        this.#output += chunk.toString();
        const origin = /ready at (http:\/\/\S+)/.exec(this.#output)?.[1];
        if (origin !== undefined) resolve(origin);
      };
      child.stdout.on("data", collect);
      child.stderr.on("data", collect);
      child.once("exit", (code) =>
        reject(new Error(`the server ended with ${code} before it was ready:\n${this.#output}`)),
      );
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
