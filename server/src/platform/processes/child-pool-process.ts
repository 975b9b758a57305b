import { fork } from "node:child_process";
import { z } from "zod";
import { lowerPriority } from "./lower-priority.ts";

const Message = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("event"), event: z.unknown() }),
  z.object({ kind: z.literal("result"), result: z.unknown() }),
  z.object({ kind: z.literal("thrown"), detail: z.string() }),
]);
export type ChildMessage = z.infer<typeof Message>;

/** How a process ended, with the end of what it wrote to its standard error. */
export interface ChildEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  lastWords: string;
}

/** One forked process of a pool. */
export interface PooledChild {
  readonly pid: number;
  send(request: unknown): void;
  /** At once: nothing that it holds is worth a goodbye. */
  kill(): void;
  /** Whom its messages go to from now on; those that came while there was nobody are handed over first. */
  listen(listener: ((message: ChildMessage) => void) | undefined): void;
  /** Resolves when it is gone, and never rejects. */
  ended: Promise<ChildEnd>;
}

export interface ChildOptions {
  modulePath: string;
  heapBytes: number;
}

const lastWordsLength = 4000;
const mebibyte = 1_048_576;

/**
 * Forks the module with nothing of the server's environment, and without the right to write files, start programs or load
 * native code. (Threads it may start: the one that watches for the end of the server is one.)
 */
export const startChild = ({ modulePath, heapBytes }: ChildOptions): PooledChild => {
  const child = fork(modulePath, [], {
    execArgv: [
      `--max-old-space-size=${Math.ceil(heapBytes / mebibyte)}`,
      "--permission",
      "--allow-fs-read=*",
      "--allow-worker",
      "--disable-warning=SecurityWarning",
      "--disable-warning=ExperimentalWarning",
    ],
    env: {},
    // Structured clones: bytes and numbers that JSON does not know go through as they are.
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const { pid = 0 } = child;
  if (pid > 0) lowerPriority(pid);

  let lastWords = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    lastWords = (lastWords + chunk).slice(-lastWordsLength);
  });

  let listener: ((message: ChildMessage) => void) | undefined;
  let unheard: ChildMessage[] = [];
  child.on("message", (raw) => {
    const { data: message = { kind: "thrown", detail: "It sent a message of no known kind." } } =
      Message.safeParse(raw);
    if (listener) listener(message);
    else unheard.push(message);
  });

  const ended = new Promise<ChildEnd>((resolve) => {
    child.on("error", (error) => resolve({ exitCode: null, signal: null, lastWords: error.message }));
    // Not `exit`: its last words may still be under way then.
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, lastWords }));
  });

  return {
    pid,
    // A channel that is closed belongs to a process that is ending, which is told by `ended`.
    send: (request) => void child.send(request as object, () => undefined),
    kill: () => void child.kill("SIGKILL"),
    listen(next) {
      listener = next;
      if (!next) return;
      const missed = unheard;
      unheard = [];
      for (const message of missed) next(message);
    },
    ended,
  };
};
