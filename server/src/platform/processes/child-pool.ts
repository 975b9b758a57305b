import type { z } from "zod";
import type { Log } from "../log/log.ts";
import { residentBytes } from "./child-pool-memory.ts";
import { startChild, type ChildEnd, type ChildMessage, type PooledChild } from "./child-pool-process.ts";

export interface ChildPoolLimits<Request> {
  /** How long a request may take from when a child begins it; waiting for a free child does not count. */
  wallMs: (request: Request) => number;
  /** A child that holds more while it works is killed. */
  maxRssBytes: number;
  /** A child is replaced after so many requests. */
  recycleAfter: number;
  /** A child that still holds more than this when it is done is replaced. */
  recycleAboveRssBytes: number;
  /** JavaScript heap of a child. */
  heapBytes: number;
  /** A child that had nothing to do for so long is let go. */
  idleMs: number;
}

export interface ChildPoolOptions<Request, Result, Event> {
  /** A module that ends with a call of `serveRequests`. */
  modulePath: string;
  /** Children at once. */
  size: number;
  /** What a child says is checked: it has handled what strangers wrote. */
  result: z.ZodType<Result>;
  event: z.ZodType<Event>;
  limits: ChildPoolLimits<Request>;
  log: Log;
}

/** `memory` also stands for a process that the system ended because it ran out of memory. */
export interface ChildDeath {
  died: "timeout" | "memory" | "crash";
  /** For the log. */
  detail: string;
}
export type ChildOutcome<Result> = { result: Result } | ChildDeath;

export interface ChildPool<Request, Result, Event> {
  /** Rejects only with the signal's reason, and when the pool is closed. `allowMs` gives the request under way another limit. */
  run(
    request: Request,
    options: { signal: AbortSignal; onEvent?: (event: Event, allowMs: (wallMs: number) => void) => void },
  ): Promise<ChildOutcome<Result>>;
  /** Kills every child; requests under way and waiting reject. */
  close(): Promise<void>;
}

/** The process itself takes this long at most to start, also on a machine that is busy with other things. */
const startMs = 60_000;
const memoryPollMs = 100;

const describeEnd = ({ exitCode, signal, lastWords }: ChildEnd): string =>
  `It ended by itself (${signal ?? `exit code ${String(exitCode)}`}). ${lastWords}`.trim();

const tellsOfMemory = (words: string): boolean => /out of memory|allocation failed/i.test(words);

/** Nobody but the system sends SIGKILL to a child that this pool has not killed: it was out of memory. */
const deathOf = (end: ChildEnd): ChildDeath => ({
  died: end.signal === "SIGKILL" || tellsOfMemory(end.lastWords) ? "memory" : "crash",
  detail: describeEnd(end),
});

/** One request on one child, until the child has answered or has to die. */
const runTask = <Request, Result, Event>(
  child: PooledChild,
  request: Request,
  {
    pool: { result: resultSchema, event: eventSchema, limits },
    isReady,
    signal,
    onEvent,
  }: {
    pool: ChildPoolOptions<Request, Result, Event>;
    isReady: boolean;
    signal: AbortSignal;
    onEvent: ((event: Event, allowMs: (wallMs: number) => void) => void) | undefined;
  },
): Promise<ChildOutcome<Result>> => {
  const { promise, resolve, reject } = Promise.withResolvers<ChildOutcome<Result>>();
  let timer: NodeJS.Timeout | undefined;
  let memoryTimer: NodeJS.Timeout | undefined;
  let begunAt = 0;
  let isOver = false;

  const allowMs = (wallMs: number): void => {
    clearTimeout(timer);
    const leftMs = begunAt + wallMs - performance.now();
    timer = setTimeout(() => resolve({ died: "timeout", detail: `It took more than ${wallMs} ms.` }), leftMs);
  };
  const begin = (): void => {
    begunAt = performance.now();
    allowMs(limits.wallMs(request));
    child.send(request);
  };
  const hear = (message: ChildMessage): void => {
    if (message.kind === "ready") begin();
    else if (message.kind === "thrown")
      resolve({ died: tellsOfMemory(message.detail) ? "memory" : "crash", detail: message.detail });
    else if (message.kind === "event") {
      const { data, error } = eventSchema.safeParse(message.event);
      if (error) resolve({ died: "crash", detail: error.message });
      else onEvent?.(data, allowMs);
    } else {
      const { data, error } = resultSchema.safeParse(message.result);
      resolve(error ? { died: "crash", detail: error.message } : { result: data });
    }
  };
  const lookAtMemory = async (): Promise<void> => {
    const bytes = await residentBytes(child.pid);
    if (isOver) return;
    if (bytes > limits.maxRssBytes) resolve({ died: "memory", detail: `It held ${bytes} bytes.` });
    else watchMemory();
  };
  const watchMemory = (): void => {
    memoryTimer = setTimeout(() => void lookAtMemory(), memoryPollMs);
  };
  const abort = (): void => reject(signal.reason);

  signal.addEventListener("abort", abort);
  void child.ended.then((end) => resolve(deathOf(end)));
  if (!isReady) timer = setTimeout(() => resolve({ died: "crash", detail: "It did not start in time." }), startMs);
  child.listen(hear);
  if (isReady) begin();
  watchMemory();

  return promise.finally(() => {
    isOver = true;
    clearTimeout(timer);
    clearTimeout(memoryTimer);
    signal.removeEventListener("abort", abort);
    child.listen(undefined);
  });
};

interface Slot {
  child: PooledChild;
  served: number;
  idleTimer: NodeJS.Timeout | undefined;
}

/**
 * Does work that may hang, swell or crash in child processes. Each does one request at a time and is used for many; one
 * that misbehaved, was aborted, or has served its share is killed, and another started when it is needed.
 */
export function createChildPool<Request, Result, Event>(
  options: ChildPoolOptions<Request, Result, Event>,
): ChildPool<Request, Result, Event> {
  const { limits, log } = options;
  const closed = new AbortController();
  const living = new Set<PooledChild>();
  const waiting: (() => void)[] = [];
  let idle: Slot[] = [];
  let busy = 0;

  const take = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (busy < options.size) {
      busy += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      const place = waiting.indexOf(resolve);
      // Otherwise its turn has just come, and it gives the place back as it would at the end.
      if (place >= 0) waiting.splice(place, 1);
      if (place >= 0) reject(signal.reason);
    };
    waiting.push(resolve);
    signal.addEventListener("abort", giveUp);
    await promise.finally(() => signal.removeEventListener("abort", giveUp));
  };
  /** The place goes on to who has waited longest. */
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next) next();
    else busy -= 1;
  };

  const forgetWhenEnded = async (slot: Slot): Promise<void> => {
    await slot.child.ended;
    living.delete(slot.child);
    idle = idle.filter((other) => other !== slot);
  };
  const start = (): Slot => {
    const child = startChild({ modulePath: options.modulePath, heapBytes: limits.heapBytes });
    const slot: Slot = { child, served: 0, idleTimer: undefined };
    living.add(child);
    void forgetWhenEnded(slot);
    return slot;
  };
  const keep = (slot: Slot): void => {
    slot.idleTimer = setTimeout(() => {
      idle = idle.filter((other) => other !== slot);
      slot.child.kill();
    }, limits.idleMs);
    slot.idleTimer.unref();
    idle.push(slot);
  };
  const isWorthKeeping = async ({ child, served }: Slot): Promise<boolean> =>
    served < limits.recycleAfter && (await residentBytes(child.pid)) <= limits.recycleAboveRssBytes;

  return {
    async run(request, { signal: asked, onEvent }) {
      const signal = AbortSignal.any([asked, closed.signal]);
      await take(signal);
      let slot: Slot | undefined;
      try {
        signal.throwIfAborted();
        slot = idle.pop() ?? start();
        clearTimeout(slot.idleTimer);
        slot.served += 1;
        const outcome = await runTask(slot.child, request, {
          pool: options,
          isReady: slot.served > 1,
          signal,
          onEvent,
        });
        if ("died" in outcome) log.warn({ pid: slot.child.pid, ...outcome }, "a child process was lost");
        else if ((await isWorthKeeping(slot)) && !closed.signal.aborted) {
          keep(slot);
          slot = undefined;
        }
        return outcome;
      } finally {
        slot?.child.kill();
        giveBack();
      }
    },

    async close() {
      closed.abort(new Error("The pool of child processes is closed."));
      for (const { idleTimer } of idle) clearTimeout(idleTimer);
      for (const child of living) child.kill();
      await Promise.all([...living].map(({ ended }) => ended));
    },
  };
}
