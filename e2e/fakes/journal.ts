import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import { z } from "zod";
import { addUsage, Usage, usageOf } from "./usage.ts";

const Arrived = z.strictObject({
  event: z.literal("arrived"),
  call: z.int(),
  at: z.iso.datetime(),
  /** The caller's `x-request-id`. */
  requestId: z.string().nullable(),
  method: z.string(),
  path: z.string(),
  model: z.string().nullable(),
  stream: z.boolean(),
});

const Ended = z.strictObject({
  ...Arrived.shape,
  event: z.literal("ended"),
  status: z.int().nullable(),
  /** `fault`: the fake broke or refused the answer because it was told to. A request refused as wrong is `finished`. */
  outcome: z.enum(["finished", "client_gone", "fault"]),
  /** Which fault: `error`, `errorEvent`, `truncate`, `raw` … */
  fault: z.string().nullable(),
  /** What the provider bills: the whole answer, or the input and what was written of the output before it was broken off. */
  usage: Usage,
  /** What the answer would have cost in full. */
  planned: Usage,
  /** Output tokens that were on the wire. */
  written: z.strictObject({ text: z.int(), reasoning: z.int(), audio: z.int(), image: z.int() }),
  /** Whether the client was told the usage, in full. */
  usageReported: z.boolean(),
});

const Line = z.discriminatedUnion("event", [Arrived, Ended]);

export type ArrivedCall = z.infer<typeof Arrived>;
export type EndedCall = z.infer<typeof Ended>;
/** How a call ended, without what was known when it arrived. */
export type CallEnd = Omit<EndedCall, keyof ArrivedCall>;
export type FakeCall = Omit<ArrivedCall, "event"> & (({ event: "ended" } & CallEnd) | { event: "arrived" });

export interface Totals {
  calls: number;
  /** Calls that arrived and have not ended. After a crash of the fake they stay open for ever. */
  open: number;
  finished: number;
  clientGone: number;
  faults: number;
  usage: Usage;
}

export const totalsOf = (calls: readonly FakeCall[]): Totals => {
  const ended = calls.filter((call): call is EndedCall => call.event === "ended");
  const withOutcome = (outcome: EndedCall["outcome"]): number =>
    ended.filter((call) => call.outcome === outcome).length;
  return {
    calls: calls.length,
    open: calls.length - ended.length,
    finished: withOutcome("finished"),
    clientGone: withOutcome("client_gone"),
    faults: withOutcome("fault"),
    usage: ended.reduce((sum, { usage }) => addUsage(sum, usage), usageOf()),
  };
};

/** The calls that a journal tells of, oldest first. A last line that a crash cut off is left out. */
export const readJournal = (path: string): FakeCall[] => {
  const calls = new Map<number, FakeCall>();
  for (const text of readFileSync(path, "utf8").split("\n").slice(0, -1)) {
    const line = Line.parse(JSON.parse(text));
    calls.set(line.call, line);
  }
  return [...calls.values()];
};

/** Counts of a fake that outlive it: each line is in the file before the bytes that it tells of leave. */
export class Journal {
  readonly #path: string | undefined;
  readonly #calls = new Map<number, FakeCall>();
  #next = 1;
  #waiting: { isReached: () => boolean; resolve: () => void }[] = [];

  constructor(path: string | undefined) {
    this.#path = path;
    if (path === undefined || !existsSync(path)) return;
    // A line that a crash cut off must not run into the next one.
    truncateSync(path, readFileSync(path).lastIndexOf("\n") + 1);
    for (const call of readJournal(path)) this.#calls.set(call.call, call);
    this.#next = Math.max(0, ...this.#calls.keys()) + 1;
  }

  arrive(call: Omit<ArrivedCall, "event" | "call" | "at">): ArrivedCall {
    const arrived: ArrivedCall = { event: "arrived", call: this.#next++, at: new Date().toISOString(), ...call };
    this.#write(arrived);
    return arrived;
  }

  end(arrived: ArrivedCall, end: CallEnd): void {
    if (this.#calls.get(arrived.call)?.event === "ended") return;
    this.#write({ ...arrived, ...end, event: "ended" });
  }

  calls(): FakeCall[] {
    return [...this.#calls.values()];
  }

  /** Resolves when so many calls in all have arrived or ended. */
  reached(event: FakeCall["event"], count: number): Promise<void> {
    const isReached = (): boolean => {
      const { calls, open } = totalsOf(this.calls());
      return (event === "ended" ? calls - open : calls) >= count;
    };
    if (isReached()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isReached, resolve }));
  }

  #write(line: ArrivedCall | EndedCall): void {
    if (this.#path !== undefined) appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
    this.#calls.set(line.call, line);
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ isReached }) => !isReached());
    for (const { resolve } of waiting.filter((one) => !this.#waiting.includes(one))) resolve();
  }
}
