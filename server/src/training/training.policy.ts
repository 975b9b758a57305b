import type { FailureCode } from "@llm-tuner/contract/run-folder.ts";
import type { JobFailure } from "@llm-tuner/contract/training.ts";
import type { TrainingJobRecord } from "./job-record.ts";

export interface WaitingJob {
  jobName: string;
  userId: string;
  queuedAt: Date;
}

export interface UserLoad {
  userId: string;
  /** Jobs of the user that occupy a device. */
  running: number;
  lastClaimedAt: Date | null;
}

interface Turn {
  running: number;
  /** Grows with each turn given; users who never had one come first. */
  lastTurn: number;
}

/**
 * The order in which waiting jobs get a device: always the user next who has the fewest running, among those the one
 * whose last turn is longest ago, and of that user the oldest job. `loads` names every user of `waiting`.
 */
export function fairOrder(waiting: readonly WaitingJob[], loads: readonly UserLoad[]): WaitingJob[] {
  const turns = new Map<string, Turn>(
    loads.map(({ userId, running, lastClaimedAt }) => [
      userId,
      { running, lastTurn: lastClaimedAt?.getTime() ?? Number.NEGATIVE_INFINITY },
    ]),
  );
  const byUser = Map.groupBy(
    waiting.toSorted((a, b) => a.queuedAt.getTime() - b.queuedAt.getTime()),
    ({ userId }) => userId,
  );
  const order: WaitingJob[] = [];
  // Later than any past turn, so that a turn given here counts as the latest.
  let turn = Number.MAX_SAFE_INTEGER - waiting.length;
  while (byUser.size > 0) {
    const [userId, jobs] = [...byUser].reduce((best, candidate) =>
      comesBefore(candidate, best, turns) ? candidate : best,
    );
    const next = jobs.shift();
    if (next) order.push(next);
    if (jobs.length === 0) byUser.delete(userId);
    turns.set(userId, { running: (turns.get(userId)?.running ?? 0) + 1, lastTurn: turn++ });
  }
  return order;
}

type Candidate = [userId: string, jobs: WaitingJob[]];

const idle: Turn = { running: 0, lastTurn: Number.NEGATIVE_INFINITY };

function comesBefore([userA, jobsA]: Candidate, [userB, jobsB]: Candidate, turns: Map<string, Turn>): boolean {
  const a = turns.get(userA) ?? idle;
  const b = turns.get(userB) ?? idle;
  if (a.running !== b.running) return a.running < b.running;
  if (a.lastTurn !== b.lastTurn) return a.lastTurn < b.lastTurn;
  return (jobsA[0]?.queuedAt.getTime() ?? 0) < (jobsB[0]?.queuedAt.getTime() ?? 0);
}

/** The lowest device that is free, or undefined. */
export const freeSlot = (slots: number, occupied: readonly number[]): number | undefined =>
  Array.from({ length: slots }, (_, slot) => slot).find((slot) => !occupied.includes(slot));

type Hopeless = Extract<JobFailure["code"], FailureCode | "data_set_invalid">;

/** Failures that a further attempt on the same run folder would only repeat, with what helps instead. */
const hopeless: Partial<Record<JobFailure["code"], string>> = {
  job_invalid: "Start a new job with other settings.",
  data_invalid: "Mend the data and start a new job.",
  data_set_invalid: "Mend the data and start a new job.",
  base_model_unsupported: "Start a new job with another base model.",
  loss_diverged: "Start a new job with a lower learning rate.",
  checkpoint_invalid: "Start a new job.",
} satisfies Partial<Record<Hopeless, string>>;

export interface ResumeObstacle {
  reason: string;
  remedy: string;
}

/** Why a job cannot go on, in plain words; undefined when it can. */
export function resumeObstacle({ status, failure }: TrainingJobRecord): ResumeObstacle | undefined {
  switch (status) {
    case "Stopped":
      return undefined;
    case "Failed": {
      const remedy = failure ? hopeless[failure.code] : undefined;
      return remedy === undefined ? undefined : { reason: `It would fail again: ${failure?.message}`, remedy };
    }
    case "Completed":
      return { reason: "It is completed.", remedy: "Start a new job to tune further." };
    case "Pending":
    case "InProgress":
      return { reason: "It has not been stopped.", remedy: "There is nothing to do: it goes on by itself." };
    case "Stopping":
      return { reason: "It is still being stopped.", remedy: "Try again when it is stopped." };
  }
}
