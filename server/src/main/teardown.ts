import type { Log } from "../platform/log/log.ts";

interface Step {
  name: string;
  stop: () => Promise<unknown> | void;
}

/** What was started and has to be stopped, last first. */
export interface Teardown {
  add(name: string, stop: Step["stop"]): void;
  /** Stops everything, also when one part fails to; a second call waits for the first. */
  run(): Promise<void>;
}

export function createTeardown(log: Log): Teardown {
  const steps: Step[] = [];
  let running: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step.stop();
      } catch (error) {
        log.error({ error, part: step.name }, "a part of the server could not be stopped");
      }
    }
  }

  return {
    add: (name, stop) => steps.push({ name, stop }),
    run: () => (running ??= stopAll()),
  };
}
