import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What the system says about one process. */
export interface ProcessEntry {
  /** When it was started, in a unit of the system: it only serves to tell two holders of one pid apart. */
  startTicks: number;
  /** It has ended, and only its exit status is still to be fetched by its parent. */
  isZombie: boolean;
}

export interface ProcessTable {
  /** Names the running system: pids and start ticks of another boot mean nothing. */
  bootId(): string;
  lookUp(pid: number): ProcessEntry | undefined;
  /** Pids of processes whose command line ends with these arguments. */
  withLastArguments(lastArguments: readonly string[]): number[];
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH");

const readUnlessGone = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
};

/** Reads Linux's /proc; see proc_pid_stat(5). */
export const procTable: ProcessTable = {
  bootId: () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),

  lookUp(pid) {
    const stat = readUnlessGone(`/proc/${pid}/stat`);
    if (stat === undefined) return undefined;
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // Counted from the third field of the manual: state is the first here, starttime (22) the twentieth.
    return { startTicks: Number(fields[19]), isZombie: fields[0] === "Z" || fields[0] === "X" };
  },

  withLastArguments(lastArguments) {
    const suffix = `\0${lastArguments.join("\0")}\0`;
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => readUnlessGone(`/proc/${pid}/cmdline`)?.endsWith(suffix))
      .map(Number);
  },
};

const ps = (...options: string[]): string => {
  try {
    // The C locale fixes the form of dates; nothing else of the environment is needed.
    return execFileSync("/bin/ps", options, { encoding: "utf8", env: { LC_ALL: "C" }, stdio: "pipe" });
  } catch (error) {
    // ps says with status 1 and no output that it found no such process.
    if (error instanceof Error && "status" in error && error.status === 1) return "";
    throw error;
  }
};

/** Asks ps, for systems without /proc (macOS). Its start times are whole seconds of the calendar and outlive a boot. */
export const psTable: ProcessTable = {
  bootId: () => "",

  lookUp(pid) {
    const found = /^\s*(\S+)\s+(.+?)\s*$/.exec(ps("-o", "stat=,lstart=", "-p", String(pid)));
    if (!found) return undefined;
    const [, state = "", started = ""] = found;
    return { startTicks: Date.parse(started) / 1000, isZombie: state.startsWith("Z") };
  },

  withLastArguments(lastArguments) {
    const suffix = ` ${lastArguments.join(" ")}`;
    return ps("-axww", "-o", "pid=,command=")
      .split("\n")
      .filter((line) => line.trimEnd().endsWith(suffix))
      .map((line) => Number.parseInt(line, 10));
  },
};

/** Windows has neither; the platform runs there inside WSL, which is Linux. */
export const processTable: ProcessTable = process.platform === "linux" ? procTable : psTable;
