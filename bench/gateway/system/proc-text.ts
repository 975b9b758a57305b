/** CPU time and parentage of one process, from `/proc/<pid>/stat`; see proc_pid_stat(5). */
export interface ProcessTimes {
  pid: number;
  parentPid: number;
  /** User and system time of the process itself, all its threads. */
  ownTicks: number;
  /** The same of its children that have ended and were waited for, their own children included. */
  reapedTicks: number;
}

/** CPU time of the whole machine since its boot, from the first line of `/proc/stat`. */
export interface MachineTimes {
  /** Spent in programs, whoever's; what the kernel does in interrupts belongs to nobody and is left out. */
  programTicks: number;
  /** Taken by the machine's host for others. */
  stolenTicks: number;
  totalTicks: number;
}

/** Throws when the text is not of that form: a number that cannot be read must not become a result. */
const numbersOf = (fields: readonly string[], what: string): number[] => {
  const numbers = fields.map(Number);
  if (fields.some((field) => !/^-?\d+$/.test(field))) throw new Error(`${what} is not as proc(5) describes it.`);
  return numbers;
};

const at = (numbers: readonly number[], index: number): number => numbers[index] ?? 0;

export const parseProcessTimes = (text: string): ProcessTimes => {
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const nameEnd = text.lastIndexOf(")");
  const fields = text.slice(nameEnd + 2).split(" ");
  if (nameEnd === -1 || fields.length < 15) throw new Error("/proc/<pid>/stat is not as proc(5) describes it.");
  // Counted from the third field of the manual, the state, which is a letter.
  const numbers = numbersOf(fields.slice(1, 15), "/proc/<pid>/stat");
  return {
    pid: Number.parseInt(text, 10),
    parentPid: at(numbers, 0),
    ownTicks: at(numbers, 10) + at(numbers, 11),
    reapedTicks: at(numbers, 12) + at(numbers, 13),
  };
};

export const parseMachineTimes = (text: string): MachineTimes => {
  const line = /^cpu +(.+)$/m.exec(text)?.[1];
  if (line === undefined) throw new Error("/proc/stat has no line of all processors.");
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, interrupts = 0, softInterrupts = 0, stolen = 0] =
    numbersOf(line.trim().split(/ +/), "/proc/stat");
  return {
    // Guests are counted in user and nice already.
    programTicks: user + nice + system,
    stolenTicks: stolen,
    totalTicks: user + nice + system + idle + waiting + interrupts + softInterrupts + stolen,
  };
};

/** Resident memory in bytes, from `/proc/<pid>/status`. */
export const parseResidentBytes = (text: string): number => {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  if (kibibytes === undefined) throw new Error("/proc/<pid>/status says nothing about resident memory.");
  return Number(kibibytes) * 1024;
};

/** Numbers of processors in the kernel's notation: `0-2,5` is 0, 1, 2 and 5. */
export const parseProcessorList = (text: string): number[] =>
  text
    .trim()
    .split(",")
    .flatMap((range) => {
      const [first = Number.NaN, last = first] = range.split("-").map(Number);
      if (Number.isNaN(first)) throw new Error(`"${text}" is not a list of processors.`);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });

/** Everything that a process started, and what that started, as far as it still runs; without the process itself. */
export const descendantsOf = (pid: number, processes: readonly ProcessTimes[]): ProcessTimes[] => {
  const children = processes.filter(({ parentPid }) => parentPid === pid);
  return children.flatMap((child) => [child, ...descendantsOf(child.pid, processes)]);
};
