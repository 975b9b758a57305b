import type { Log } from "../platform/log/log.ts";
import { stopProcess } from "../platform/processes/process-identity.ts";
import type { Clock } from "../platform/time/clock.ts";
import { servingStopped } from "./endpoints.errors.ts";
import { ProcessSlots } from "./process-slots.ts";
import { abandonedServingFolders, removeServingFolder } from "./serving-folder.ts";
import {
  type ServingLauncher,
  type ServingProcess,
  type ServingTarget,
  startServingProcess,
} from "./serving-process.ts";
import { unlessAborted } from "../platform/time/unless-aborted.ts";

/** A running worker that stays up until `release`. */
export interface ServingLease {
  origin: URL;
  token: string;
  /** May be called again without effect. */
  release(): void;
}

/** Whether a model has a process at present, and why its last one failed. */
export interface ServingState {
  status: "starting" | "running" | "idle" | "failed";
  error: string | null;
}

/** One model with a process that is starting, running or ending. Its place in memory is taken for that long. */
interface Served {
  target: ServingTarget;
  /** Resolves when the worker answers. */
  started: Promise<ServingProcess>;
  /** Set once it answers. */
  process: ServingProcess | undefined;
  /** Resolves when the process is gone; set when it is asked to end. */
  ended: Promise<void> | undefined;
  /** Gives a start up. */
  abandon: AbortController;
  users: number;
  lastUsedMs: number;
}

const sweepMs = 10_000;

/**
 * Runs one worker per model, started on first use and stopped when idle. At most `maxServingProcesses` are held at
 * once: a model that is wanted takes the place of the one that has been idle longest, never of one in use.
 */
export class ServingManager {
  readonly #launcher: ServingLauncher;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #slots: ProcessSlots;
  readonly #served = new Map<string, Served>();
  readonly #failures = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(launcher: ServingLauncher, clock: Clock) {
    this.#launcher = launcher;
    this.#clock = clock;
    this.#log = launcher.log;
    this.#slots = new ProcessSlots({
      total: launcher.config.maxServingProcesses,
      waitMs: launcher.config.servingWaitSeconds * 1000,
    });
  }

  /** Ends what a killed server left behind, and looks after idle and dead processes from now on. */
  async start(): Promise<void> {
    for (const folder of await abandonedServingFolders(this.#launcher.servingRoot)) {
      // Workers end by themselves when their server is gone, but one that hangs would hold its memory for ever.
      const leftOver = this.#launcher.trainer.findDetached("serve", folder);
      if (leftOver !== undefined) {
        this.#log.warn({ folder, pid: leftOver.pid }, "Ending a serving process of a server that no longer runs");
        await stopProcess(leftOver, 1000);
      }
      await removeServingFolder(folder);
    }
    this.#timer = setInterval(() => {
      this.sweep().catch((error: unknown) => this.#log.error({ error }, "Sweep of the serving processes failed"));
    }, sweepMs);
    this.#timer.unref();
  }

  /** Ends all processes. Nothing can be started afterwards. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await Promise.all([...this.#served.values()].map((served) => this.#end(served)));
  }

  /**
   * Gives the model's worker, started when there is none. Requests that come while it starts share the one start.
   * Rejects when `signal` is aborted, and then holds nothing.
   */
  async acquire(target: ServingTarget, signal: AbortSignal): Promise<ServingLease> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#isStopped) throw servingStopped(target.model);
      const served = this.#served.get(target.key) ?? this.#begin(target);
      if (served.process?.isAlive() === false) await this.#buryDead(served, served.process);
      if (served.ended === undefined) return await this.#join(served, target, signal);
      await unlessAborted(served.ended, signal);
    }
  }

  state(key: string): ServingState {
    const served = this.#served.get(key);
    const error = this.#failures.get(key) ?? null;
    if (served === undefined || served.ended !== undefined)
      return { status: error === null ? "idle" : "failed", error };
    if (served.process === undefined) return { status: "starting", error: null };
    return { status: "running", error: null };
  }

  /** Ends a model's process, and forgets its last failure. The worker first finishes the answers that it has begun. */
  async end(key: string): Promise<void> {
    const served = this.#served.get(key);
    if (served !== undefined) await this.#end(served);
    this.#failures.delete(key);
  }

  /** Ends processes that have been idle too long, and clears away those that died. */
  async sweep(): Promise<void> {
    const nowMs = this.#clock.now().getTime();
    await Promise.all(
      [...this.#served.values()].map(async (served) => {
        if (served.process === undefined || served.ended !== undefined) return;
        if (!served.process.isAlive()) await this.#buryDead(served, served.process);
        else if (served.users === 0 && nowMs - served.lastUsedMs >= served.target.idleTimeoutMs)
          await this.#end(served);
      }),
    );
  }

  #begin(target: ServingTarget): Served {
    const abandon = new AbortController();
    const served: Served = {
      target,
      started: this.#start(target, abandon.signal),
      process: undefined,
      ended: undefined,
      abandon,
      users: 0,
      lastUsedMs: this.#clock.now().getTime(),
    };
    this.#served.set(target.key, served);
    void this.#follow(served);
    return served;
  }

  async #follow(served: Served): Promise<void> {
    const { key, model } = served.target;
    try {
      served.process = await served.started;
      this.#failures.delete(key);
    } catch (error) {
      this.#forget(served);
      this.#log.warn({ error, model }, "Serving process not started");
    }
  }

  async #start(target: ServingTarget, signal: AbortSignal): Promise<ServingProcess> {
    await this.#slots.take(signal, () => this.#makeRoom());
    try {
      if (signal.aborted) throw servingStopped(target.model);
      return await startServingProcess(this.#launcher, target, signal);
    } catch (error) {
      this.#slots.give();
      if (!signal.aborted) this.#failures.set(target.key, messageOf(error));
      throw error;
    }
  }

  async #join(served: Served, target: ServingTarget, signal: AbortSignal): Promise<ServingLease> {
    // Counted from here on, so that a process is not taken away between its start and its first use.
    served.users += 1;
    served.target = target;
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      served.users -= 1;
      served.lastUsedMs = this.#clock.now().getTime();
      this.#makeRoom();
    };
    try {
      const { origin, token } = await unlessAborted(served.started, signal);
      return { origin, token, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Ends idle processes, the longest idle first, while more wait for a place than places are being cleared. */
  #makeRoom(): void {
    const all = [...this.#served.values()];
    const ending = all.filter((served) => served.ended !== undefined).length;
    const idle = all
      .filter((served) => served.process !== undefined && served.ended === undefined && served.users === 0)
      .sort((first, second) => first.lastUsedMs - second.lastUsedMs);
    for (const served of idle.slice(0, Math.max(0, this.#slots.waiting - ending))) {
      this.#end(served).catch((error: unknown) => this.#log.error({ error }, "A serving process could not be ended"));
    }
  }

  #end(served: Served): Promise<void> {
    served.ended ??= this.#endNow(served);
    return served.ended;
  }

  async #endNow(served: Served): Promise<void> {
    served.abandon.abort();
    const started = await served.started.catch(() => undefined);
    // A start that failed has given its place back itself.
    if (started === undefined) return;
    try {
      await started.stop();
      this.#log.info({ model: served.target.model, pid: started.pid }, "Serving process ended");
    } finally {
      this.#slots.give();
      this.#forget(served);
    }
  }

  async #buryDead(served: Served, process: ServingProcess): Promise<void> {
    if (served.ended === undefined) {
      const logLines = await process.logTail();
      this.#failures.set(served.target.key, ["The serving process ended unexpectedly.", ...logLines].join("\n"));
      this.#log.warn({ model: served.target.model, pid: process.pid, logLines }, "Serving process died");
    }
    await this.#end(served);
  }

  #forget(served: Served): void {
    if (this.#served.get(served.target.key) === served) this.#served.delete(served.target.key);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
