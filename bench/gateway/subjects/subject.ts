import type { ChildProcess } from "node:child_process";
import type { Target } from "../load/orders.ts";

/** What stands between the client and the provider, or the provider itself. */
export interface Subject {
  name: string;
  /** What it is, with its version and what of it is switched on. */
  description: string;
  /** The process whose CPU time counts. */
  pid: number;
  target: Target;
  stop(): Promise<void>;
}

/** Ends a process and waits until it is gone; one that does not end is killed. */
export const endProcess = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  child.once("exit", () => resolve(undefined));
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), 30_000);
  await promise;
  clearTimeout(kill);
};

/** Pid of a process that was started; spawning failed without one. */
export const pidOf = ({ pid, spawnfile }: ChildProcess): number => {
  if (pid === undefined) throw new Error(`${spawnfile} could not be started.`);
  return pid;
};
