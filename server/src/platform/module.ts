import type { Route } from "./http/route.ts";
import type { PersonalData } from "./personal-data/personal-data.ts";
import type { AnyQueueWorker } from "./queue/queue.ts";

/** What every domain's door offers to `main`; its public functions stand beside these. */
export interface DomainModule {
  routes: readonly Route[];
  workers: readonly AnyQueueWorker[];
  /** Absent in a domain that keeps nothing of a person beyond the rows that go with theirs. */
  personalData?: PersonalData;
  /** Called once in a process that works, after the database is ready; recovers what a crash left. */
  start?(): Promise<void>;
  /** Called at shutdown in reverse order; ends timers and child processes that must not outlive the server. */
  stop?(): Promise<void>;
}
