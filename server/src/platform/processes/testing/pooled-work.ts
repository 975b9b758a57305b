import { serveRequests } from "../child-pool-server.ts";

/** What a child is told to do in the tests of the pool: to be good, or to misbehave in one of the ways that there are. */
export type Work =
  | { kind: "echo"; text: string }
  | { kind: "environment" }
  | { kind: "hang" }
  | { kind: "wait" }
  | { kind: "swell" }
  | { kind: "swell_heap" }
  | { kind: "hold"; bytes: number }
  | { kind: "throw" }
  | { kind: "exit"; code: number }
  | { kind: "answer_nonsense" }
  | { kind: "trespass"; path: string };

const held: Buffer[] = [];
const never = new Promise<never>(() => undefined);

const hang = (): never => {
  for (;;) Math.random();
};

const swellHeap = (): never => {
  const pieces: number[][] = [];
  for (;;) pieces.push(Array.from({ length: 10_000 }, Math.random));
};

/** Outside the heap, as WebAssembly does, and in no hurry, so that the one who watches gets to see it. */
const swell = async (): Promise<never> => {
  for (;;) {
    held.push(Buffer.alloc(16_000_000, 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const trespass = async (path: string): Promise<string[]> => {
  const { writeFile } = await import("node:fs/promises");
  const { execFileSync } = await import("node:child_process");
  const attempts: [string, () => unknown][] = [
    ["write", () => writeFile(path, "was here")],
    ["program", () => execFileSync("/bin/true")],
  ];
  const refused: string[] = [];
  for (const [name, attempt] of attempts) {
    try {
      await attempt();
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ERR_ACCESS_DENIED") refused.push(name);
    }
  }
  return refused;
};

serveRequests(async (work: Work, report) => {
  const answer = (text: string) => ({ pid: process.pid, text });
  if (work.kind === "echo") return answer(work.text);
  if (work.kind === "environment") return answer(Object.keys(process.env).join(","));
  if (work.kind === "trespass") return answer((await trespass(work.path)).join(","));
  if (work.kind === "throw") throw new Error("no good");
  if (work.kind === "exit") process.exit(work.code);
  if (work.kind === "answer_nonsense") return 5;
  if (work.kind === "wait") {
    report("begun");
    return never;
  }
  if (work.kind === "hang") {
    report("begun");
    return hang();
  }
  if (work.kind === "swell") return swell();
  if (work.kind === "swell_heap") return swellHeap();
  held.push(Buffer.alloc(work.bytes, 1));
  return answer("held");
});
