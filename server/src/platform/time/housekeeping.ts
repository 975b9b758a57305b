import type { Log } from "../log/log.ts";

interface Housekeeping {
  start(): void;
  /** Ends the timer and waits for a round that is under way. */
  stop(): Promise<void>;
}

const hourMs = 3_600_000;

/** Runs small, repeatable tasks at the start and every hour, or as said; each may run in several processes at once. */
export function createHousekeeping({
  tasks,
  log,
  everyMs = hourMs,
}: {
  tasks: readonly (() => Promise<unknown>)[];
  log: Log;
  everyMs?: number;
}): Housekeeping {
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  const runAll = async (): Promise<void> => {
    const results = await Promise.allSettled(tasks.map((task) => task()));
    for (const result of results) {
      if (result.status === "rejected") log.error({ error: result.reason }, "a housekeeping task failed");
    }
  };

  return {
    start() {
      round = runAll();
      timer = setInterval(() => {
        round = round.then(runAll);
      }, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await round;
    },
  };
}
