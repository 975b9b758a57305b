import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ModelSource,
  runFolderSchemaVersion,
  type ServeJob,
  type ServingAnnouncement,
} from "@llm-tuner/contract/run-folder.ts";
import { AppError } from "../platform/errors.ts";
import type { Log } from "../platform/log/log.ts";
import { type ProcessIdentity, isRunning, stopProcess } from "../platform/processes/process-identity.ts";
import type { Trainer } from "../platform/processes/trainer.ts";
import type { EndpointsConfig } from "./endpoints.config.ts";
import { servingFailed, servingStopped } from "./endpoints.errors.ts";
import { createServingFolder, readAnnouncement, readLogTail, removeServingFolder } from "./serving-folder.ts";

/** One model as a process serves it. */
export interface ServingTarget {
  /** Unique per model, and fit for a file name. */
  key: string;
  /** The name that the worker answers to. */
  model: string;
  baseModel: { name: string; source: ModelSource };
  /** Folder of a tuned model; null serves the base model itself. */
  artefact: string | null;
  idleTimeoutMs: number;
}

export interface ServingLauncher {
  trainer: Pick<Trainer, "startDetached" | "findDetached">;
  servingRoot: string;
  config: EndpointsConfig;
  log: Log;
}

const pollMs = 50;
// The worker finishes the answers that it has begun, for which it takes 15 s at most.
const stopGraceMs = 20_000;
const healthTimeoutMs = 5000;

/** A worker that answers on `origin` to holders of `token`. */
export class ServingProcess {
  readonly origin: URL;
  readonly token: string;
  readonly #folder: string;
  readonly #identity: ProcessIdentity;

  constructor(place: { origin: URL; token: string; folder: string; identity: ProcessIdentity }) {
    this.origin = place.origin;
    this.token = place.token;
    this.#folder = place.folder;
    this.#identity = place.identity;
  }

  get pid(): number {
    return this.#identity.pid;
  }

  isAlive(): boolean {
    return isRunning(this.#identity);
  }

  logTail(): Promise<string[]> {
    return readLogTail(this.#folder);
  }

  /** Ends the process, if it still runs, and removes its folder. */
  async stop(): Promise<void> {
    await stopProcess(this.#identity, stopGraceMs);
    await removeServingFolder(this.#folder);
  }
}

/**
 * Starts a worker and waits until it answers. When it ends before, takes too long or `signal` is aborted, nothing of it
 * is left, and the error holds the last lines of its log.
 */
export const startServingProcess = async (
  launcher: ServingLauncher,
  target: ServingTarget,
  signal: AbortSignal,
): Promise<ServingProcess> => {
  const { trainer, servingRoot, config, log } = launcher;
  const job = serveJobOf(target, config);
  let folder: string | undefined;
  let identity: ProcessIdentity | undefined;
  try {
    folder = await createServingFolder(servingRoot, target.key, job);
    identity = await trainer.startDetached("serve", folder);
    const timeoutMs = config.servingStartTimeoutSeconds * 1000;
    const { port } = await waitForAnnouncement({ folder, identity, target, timeoutMs, signal });
    const origin = new URL(`http://127.0.0.1:${port}`);
    await checkHealth({ origin, token: job.token, folder, target });
    log.info({ model: target.model, pid: identity.pid, port }, "Serving process started");
    return new ServingProcess({ origin, token: job.token, folder, identity });
  } catch (error) {
    if (identity !== undefined) await stopProcess(identity, 0);
    if (folder !== undefined) await removeServingFolder(folder);
    if (error instanceof AppError) throw error;
    throw servingFailed({ model: target.model, reason: `could not be started: ${messageOf(error)}`, cause: error });
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const serveJobOf = (target: ServingTarget, config: EndpointsConfig): ServeJob => ({
  schema_version: runFolderSchemaVersion,
  model: target.model,
  base_model: target.baseModel,
  artefact: target.artefact,
  token: randomBytes(32).toString("base64url"),
  device: config.servingDevice,
  threads: config.servingThreads,
  max_batch: config.servingMaxBatch,
  max_queue: config.servingMaxQueue,
});

interface Start {
  folder: string;
  identity: ProcessIdentity;
  target: ServingTarget;
  timeoutMs: number;
  signal: AbortSignal;
}

const waitForAnnouncement = async (start: Start): Promise<ServingAnnouncement> => {
  const { folder, identity, target, timeoutMs, signal } = start;
  const failed = async (reason: string) =>
    servingFailed({ model: target.model, reason, logLines: await readLogTail(folder) });
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (signal.aborted) throw servingStopped(target.model);
    // In this order: a worker that ended after it had announced itself is not taken for one that is ready.
    const announcement = await readAnnouncement(folder);
    const isAlive = isRunning(identity);
    if (announcement !== undefined && isAlive) return announcement;
    if (!isAlive) throw await failed("could not be loaded.");
    if (performance.now() >= deadline) throw await failed(`was not ready after ${timeoutMs / 1000} s.`);
    await delay(pollMs);
  }
};

const checkHealth = async ({
  origin,
  token,
  folder,
  target,
}: {
  origin: URL;
  token: string;
  folder: string;
  target: ServingTarget;
}): Promise<void> => {
  const failed = async (reason: string, cause?: unknown) =>
    servingFailed({ model: target.model, reason, logLines: await readLogTail(folder), cause });
  let status: number;
  try {
    const response = await fetch(new URL("/health", origin), {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(healthTimeoutMs),
    });
    await response.body?.cancel();
    status = response.status;
  } catch (error) {
    throw await failed("does not answer although it said that it is ready.", error);
  }
  if (status !== 200) throw await failed(`answers to its health check with status ${status}.`);
};
