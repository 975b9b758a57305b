export type TaskLimit = <Result>(task: () => Promise<Result>) => Promise<Result>;

interface TaskLimitOptions {
  concurrency: number;
  maxWaiting: number;
  /** Makes the error for a task that finds the queue full. */
  busy: () => Error;
}

/** Runs at most `concurrency` tasks at once, the others in the order in which they came, and refuses beyond `maxWaiting`. */
export function createTaskLimit({ concurrency, maxWaiting, busy }: TaskLimitOptions): TaskLimit {
  let running = 0;
  const waiting: (() => void)[] = [];

  return async (task) => {
    if (running < concurrency) running += 1;
    else {
      if (waiting.length >= maxWaiting) throw busy();
      // The task that ends hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    }
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
