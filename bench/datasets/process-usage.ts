import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { setInterval } from "node:timers";

/** Length of the kernel's clock tick that Linux shows to programs. */
const ticksPerSecond = 100;

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process ended between two looks.
    return "";
  }
};

/** CPU seconds of a process itself, all its threads. */
export const cpuSeconds = (pid: number): number => {
  const stat = read(`/proc/${pid}/stat`);
  // Fields after the name, which may hold spaces: user time is the 12th of them and system time the 13th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond;
};

/** Most resident memory that a process has had since its peak was last forgotten, in MiB. */
export const peakMemoryMib = (pid: number): number =>
  Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024);

export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, "5");

/** Processes that a process has started and that still run. */
export const childrenOf = (pid: number): number[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      read(`/proc/${pid}/task/${task}/children`).trim().split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
};

const isTrainer = (pid: number): boolean => read(`/proc/${pid}/cmdline`).includes("llm_tuner_trainer");

export interface ChildUsage {
  cpuSeconds: number;
  peakMib: number;
}

/** Follows the trainer process that a server starts; what it used is known to the last look before it ended. */
export function watchTrainer(serverPid: number): { stop(): ChildUsage } {
  const usage: ChildUsage = { cpuSeconds: 0, peakMib: 0 };
  const timer = setInterval(() => {
    for (const pid of childrenOf(serverPid).filter(isTrainer)) {
      usage.cpuSeconds = Math.max(usage.cpuSeconds, cpuSeconds(pid));
      usage.peakMib = Math.max(usage.peakMib, peakMemoryMib(pid));
    }
  }, 10);
  return {
    stop() {
      clearInterval(timer);
      return usage;
    },
  };
}
