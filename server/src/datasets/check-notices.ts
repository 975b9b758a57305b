import { EventEmitter, once } from "node:events";
import type { Database } from "../platform/database/database.ts";

const channel = "dataset_checked";

/** Tells of the end of checks, in whichever process they run. */
export interface CheckNotices {
  /** Resolves when the data set's check ends, or after `timeoutMs`; a notice may also be lost with its connection. */
  next(id: string, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

export function createCheckNotices(database: Database): CheckNotices {
  const notices = new EventEmitter().setMaxListeners(0);
  // Begins with the first who waits: a process that only works needs no connection for this.
  let listening: Promise<() => Promise<void>> | undefined;
  return {
    async next(id, timeoutMs) {
      const heard = once(notices, id, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => undefined);
      listening ??= database.listen(channel, (checkedId) => notices.emit(checkedId));
      await Promise.all([heard, listening]);
    },
    async stop() {
      await (
        await listening
      )?.();
    },
  };
}
