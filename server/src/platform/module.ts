import type { Route } from "./http/route.ts";
import type { AnyQueueWorker } from "./queue/queue.ts";

/** What every domain's door offers to `main`; its public functions stand beside these. */
export interface DomainModule {
  routes: readonly Route[];
  workers: readonly AnyQueueWorker[];
  /** Called once in a process that works, after the database is ready; recovers what a crash left. */
  start?(): Promise<void>;
  /** Called at shutdown in reverse order; ends timers and child processes that must not outlive the server. */
  stop?(): Promise<void>;
}
