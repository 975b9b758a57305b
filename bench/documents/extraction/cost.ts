import { readFileSync } from "node:fs";
import { setInterval } from "node:timers";
import { childrenOf, peakMemoryMib } from "../../datasets/process-usage.ts";

const ticksPerSecond = 100;

/** CPU seconds of this process and of every child that has ended; those that still run do not count yet. */
export const cpuSecondsWithChildren = (): number => {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // User and system time of the process, and of its children.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
};

const moduleOf = (pid: number): string | undefined => {
  try {
    return /([a-z]+)-child\.ts/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1];
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
};

/** Follows the children of this process; most resident memory that one of each kind has had, in MiB. */
export const watchChildren = (): { stop(): Record<string, number> } => {
  const peaks: Record<string, number> = {};
  const timer = setInterval(() => {
    for (const pid of childrenOf(process.pid)) {
      const module = moduleOf(pid);
      if (module !== undefined) peaks[module] = Math.max(peaks[module] ?? 0, peakMemoryMib(pid));
    }
  }, 10);
  return {
    stop() {
      clearInterval(timer);
      return peaks;
    },
  };
};
