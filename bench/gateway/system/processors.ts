import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseProcessorList } from "./proc-text.ts";

/**
 * Which processor is for whom. The subject that is measured has one to itself, so that its requests a second are those
 * of one core; provider, load, database and the subjects that wait share the others.
 */
export interface Processors {
  subject: string;
  others: string;
}

/** Undefined where processes cannot be bound, or where there is only one processor. */
export const divideProcessors = (): Processors | undefined => {
  const allowed = /^Cpus_allowed_list:\s+(.+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  const [first, ...rest] = parseProcessorList(allowed ?? "");
  if (first === undefined || rest.length === 0) return undefined;
  try {
    execFileSync("taskset", ["--version"], { stdio: "ignore" });
  } catch {
    // util-linux is not installed: everything runs wherever the system puts it, and the result says so.
    return undefined;
  }
  return { subject: String(first), others: rest.join(",") };
};

/** Binds a running process with all its threads; what it starts later inherits it. */
export const bind = (pid: number, processors: string): void => {
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", processors, String(pid)], { stdio: "ignore" });
};
