import { readdirSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import {
  descendantsOf,
  parseMachineTimes,
  parseProcessTimes,
  parseResidentBytes,
  type ProcessTimes,
} from "./proc-text.ts";

/** Linux shows times to programs in ticks of 10 ms, whatever its own clock is (USER_HZ). */
const microsecondsPerTick = 10_000;

const processTimes = (pid: string): ProcessTimes[] => {
  try {
    return [parseProcessTimes(readFileSync(`/proc/${pid}/stat`, "utf8"))];
  } catch (error) {
    // It ended between the list and the look.
    if (error instanceof Error && "code" in error) return [];
    throw error;
  }
};

const allProcesses = (): ProcessTimes[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap(processTimes);

const ticksOf = (processes: readonly ProcessTimes[]): number =>
  processes.reduce((sum, { ownTicks, reapedTicks }) => sum + ownTicks + reapedTicks, 0);

export const residentBytes = (pid: number): number => parseResidentBytes(readFileSync(`/proc/${pid}/status`, "utf8"));

/** What was used between two looks. */
export interface Usage {
  elapsedMs: number;
  /** Of the process alone, all its threads. */
  cpuUs: number;
  /** Of everything that it started. */
  childrenCpuUs: number;
  /** Share of all processors that programs outside of this benchmark used. */
  foreignShare: number;
  /** Share of all processors that the machine's host took for others. */
  stolenShare: number;
}

/** Looks at a process now; the returned function looks again and says what was used in between. */
export const watchUsage = (pid: number): (() => Usage) => {
  const look = () => {
    const processes = allProcesses();
    const ticks = processes.find((process) => process.pid === pid)?.ownTicks;
    if (ticks === undefined) throw new Error(`Process ${pid} has ended.`);
    const benchmark = processes.filter((process) => process.pid === globalThis.process.pid);
    return {
      atMs: performance.now(),
      ticks,
      childTicks: ticksOf(descendantsOf(pid, processes)),
      benchmarkTicks: ticksOf(benchmark) + ticksOf(descendantsOf(globalThis.process.pid, processes)),
      machine: parseMachineTimes(readFileSync("/proc/stat", "utf8")),
    };
  };
  const before = look();
  return () => {
    const after = look();
    const total = Math.max(1, after.machine.totalTicks - before.machine.totalTicks);
    const programs = after.machine.programTicks - before.machine.programTicks;
    const own = after.benchmarkTicks - before.benchmarkTicks;
    return {
      elapsedMs: after.atMs - before.atMs,
      cpuUs: (after.ticks - before.ticks) * microsecondsPerTick,
      childrenCpuUs: (after.childTicks - before.childTicks) * microsecondsPerTick,
      foreignShare: Math.max(0, programs - own) / total,
      stolenShare: (after.machine.stolenTicks - before.machine.stolenTicks) / total,
    };
  };
};

/** Programs that wanted a processor, on average over the last minute. */
export const loadAverage = (): number => Number((loadavg()[0] ?? 0).toFixed(2));
