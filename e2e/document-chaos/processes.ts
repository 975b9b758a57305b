import { startServerProcess, type ServerProcess } from "../../server/src/main/testing/server-process.ts";

export type Part = "web" | "worker";

/** The two processes of an installation, each of which may be killed and is then started again. */
export class Processes {
  readonly #settings: Readonly<Record<string, string>>;
  readonly #running = new Map<Part, ServerProcess>();
  #origin = "";
  #output = "";

  constructor(settings: Readonly<Record<string, string>>) {
    this.#settings = settings;
  }

  /** Of the process that answers; another one after each of its kills. */
  get origin(): string {
    return this.#origin;
  }

  /** What all of them have printed. */
  get output(): string {
    return this.#output + [...this.#running.values()].map((process) => process.output()).join("");
  }

  async start(part: Part): Promise<void> {
    const process = startServerProcess({ ...this.#settings, PROCESS_MODE: part });
    this.#running.set(part, process);
    const origin = await process.ready;
    if (part === "web") this.#origin = origin;
  }

  async end(part: Part, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const process = this.#running.get(part);
    if (process === undefined) return;
    process.child.kill(signal);
    await process.exit;
    this.#output += process.output();
    this.#running.delete(part);
  }
}
