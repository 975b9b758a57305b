import { type JobPayload, jobPayloads, type QueueName } from "@llm-tuner/contract/jobs.ts";
import type { Queue } from "../queue.ts";

interface HeldJob {
  name: QueueName;
  payload: unknown;
}

/** A queue of the test's own hands: jobs wait until the test takes them. Delivery itself is tested on pg-boss. */
export function createHeldQueue() {
  const held: HeldJob[] = [];
  const queue: Queue = {
    async send(_transaction, name, payload) {
      held.push({ name, payload });
    },
  };
  return {
    queue,
    /** Removes and returns the payloads that wait in one queue, oldest first. */
    take<Name extends QueueName>(name: Name): JobPayload<Name>[] {
      const taken = held.filter((job) => job.name === name);
      for (const job of taken) held.splice(held.indexOf(job), 1);
      // Parsed as the real queue does before it calls a worker; indexing by the name loses that it is this queue's type.
      return taken.map(({ payload }) => jobPayloads[name].parse(payload) as JobPayload<Name>);
    },
  };
}
export type HeldQueue = ReturnType<typeof createHeldQueue>;
