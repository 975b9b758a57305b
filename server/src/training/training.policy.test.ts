import { describe, expect, it } from "vitest";
import { exampleJob } from "./testing/example-job.ts";
import { fairOrder, freeSlot, resumeObstacle, type UserLoad, type WaitingJob } from "./training.policy.ts";

const at = (second: number): Date => new Date(second * 1000);

/** Jobs in the order in which they were queued, each named by its user and number. */
const queue = (...names: string[]): WaitingJob[] =>
  names.map((name, index) => ({ jobName: name, userId: name.slice(0, 1), queuedAt: at(100 + index) }));

const load = (userId: string, running = 0, lastClaim?: number): UserLoad => ({
  userId,
  running,
  lastClaimedAt: lastClaim === undefined ? null : at(lastClaim),
});

const order = (waiting: WaitingJob[], loads: UserLoad[]): string[] =>
  fairOrder(waiting, loads).map(({ jobName }) => jobName);

describe("the fair order of waiting jobs", () => {
  it("lets users take turns, whoever queued many first", () => {
    expect(order(queue("a1", "a2", "a3", "b1", "c1", "b2"), [load("a"), load("b"), load("c")])).toEqual([
      "a1",
      "b1",
      "c1",
      "a2",
      "b2",
      "a3",
    ]);
  });

  it("prefers who has fewer jobs running", () => {
    expect(order(queue("a1", "b1"), [load("a", 1), load("b")])).toEqual(["b1", "a1"]);
  });

  it("prefers whose last turn is longest ago, and who never had one", () => {
    const loads = [load("a", 0, 50), load("b", 0, 20), load("c")];
    expect(order(queue("a1", "b1", "c1"), loads)).toEqual(["c1", "b1", "a1"]);
  });

  it("keeps the order of one user's jobs, however they are listed", () => {
    expect(order(queue("a1", "a2", "a3").toReversed(), [load("a")])).toEqual(["a1", "a2", "a3"]);
  });

  it("gives every job exactly one place and never lets one user pass another twice in a row", () => {
    const users = ["a", "b", "c", "d"];
    const names = users.flatMap((user, index) => Array.from({ length: 3 + index }, (_, number) => `${user}${number}`));
    const result = order(
      queue(...names),
      users.map((user) => load(user)),
    );
    expect(result.toSorted()).toEqual(names.toSorted());
    const turns = result.map((name) => name.slice(0, 1));
    for (const user of users) {
      const own = turns.flatMap((turn, index) => (turn === user ? [index] : []));
      for (const other of users.filter((name) => name !== user)) {
        const last = turns.lastIndexOf(other);
        const between = own.slice(1).map((end, index) => turns.slice((own[index] ?? 0) + 1, end).includes(other));
        // As long as the other still waits, it has its turn between any two of this user's.
        expect(between.filter((had, index) => !had && (own[index + 1] ?? 0) < last)).toEqual([]);
      }
    }
  });

  it("is empty when nobody waits", () => {
    expect(fairOrder([], [])).toEqual([]);
  });
});

describe("a free slot", () => {
  it("is the lowest one that nobody occupies", () => {
    expect(freeSlot(1, [])).toBe(0);
    expect(freeSlot(3, [0, 2])).toBe(1);
    expect(freeSlot(2, [1, 0])).toBeUndefined();
  });
});

describe("what keeps a job from going on", () => {
  const failure = (code: "out_of_memory" | "data_invalid" | "trainer_crashed") => ({
    code,
    message: "It broke.",
    remedy: "",
    log_tail: [],
  });

  it("is nothing for a stopped job and for failures that may pass", () => {
    expect(resumeObstacle(exampleJob({ status: "Stopped" }))).toBeUndefined();
    for (const code of ["out_of_memory", "trainer_crashed"] as const) {
      expect(resumeObstacle(exampleJob({ status: "Failed", failure: failure(code) }))).toBeUndefined();
    }
  });

  it("is a failure that would only come again, said with what helps", () => {
    expect(resumeObstacle(exampleJob({ status: "Failed", failure: failure("data_invalid") }))).toEqual({
      reason: "It would fail again: It broke.",
      remedy: "Mend the data and start a new job.",
    });
  });

  it.each(["Pending", "InProgress", "Stopping", "Completed"] as const)("is the state %s", (status) => {
    expect(resumeObstacle(exampleJob({ status }))?.reason).toMatch(/^It (is|has)/);
  });
});
