import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { silentLog } from "../log/log.ts";
import { createChildPool, type ChildOutcome, type ChildPool, type ChildPoolLimits } from "./child-pool.ts";
import { residentBytes } from "./child-pool-memory.ts";
import { identityOf } from "./process-identity.ts";
import type { Work } from "./testing/pooled-work.ts";
import { until } from "../testing/until.ts";

const Answer = z.object({ pid: z.int(), text: z.string() });
type Answer = z.infer<typeof Answer>;

const never = new AbortController().signal;
const longMs = 60_000;
const pools: ChildPool<Work, Answer, string>[] = [];

const poolOf = (limits: Partial<ChildPoolLimits<Work>> = {}, size = 1) => {
  const pool = createChildPool({
    modulePath: join(import.meta.dirname, "testing/pooled-work.ts"),
    size,
    result: Answer,
    event: z.string(),
    limits: {
      wallMs: () => longMs,
      maxRssBytes: 1e9,
      recycleAfter: 100,
      recycleAboveRssBytes: 1e9,
      heapBytes: 64e6,
      idleMs: longMs,
      ...limits,
    },
    log: silentLog,
  });
  pools.push(pool);
  return pool;
};

const echo = { kind: "echo", text: "é\0😀" } as const;
const answerOf = (outcome: ChildOutcome<Answer>): Answer => {
  if ("died" in outcome) throw new Error(outcome.detail);
  return outcome.result;
};
const pidOf = async (pool: ChildPool<Work, Answer, string>) => answerOf(await pool.run(echo, { signal: never })).pid;

afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

describe("SEC-31: a child of the pool", () => {
  it("answers one request after another, lower in priority and with no environment", async () => {
    const pool = poolOf();
    const { pid, text } = answerOf(await pool.run(echo, { signal: never }));
    expect(text).toBe(echo.text);
    expect(answerOf(await pool.run({ kind: "environment" }, { signal: never }))).toEqual({ pid, text: "" });
    expect(getPriority(pid)).toBe(Math.min(19, getPriority() + 5));
    expect(await residentBytes(pid)).toBeGreaterThan(1e6);
  });

  it("may neither write a file nor start a program", async () => {
    const path = join(tmpdir(), `trespass-${process.pid}`);
    const answer = answerOf(await poolOf().run({ kind: "trespass", path }, { signal: never }));
    expect(answer.text).toBe("write,program");
    expect(existsSync(path)).toBe(false);
  });

  it("is given another limit when what it reports asks for it", async () => {
    const onEvent = vi.fn<(event: string, allowMs: (ms: number) => void) => void>((_, allowMs) => allowMs(1));
    const outcome = await poolOf().run({ kind: "wait" }, { signal: never, onEvent });
    expect(outcome).toEqual({ died: "timeout", detail: "It took more than 1 ms." });
    expect(onEvent.mock.calls.map(([event]) => event)).toEqual(["begun"]);
  });

  it.each<{ work: Work; limits: Partial<ChildPoolLimits<Work>>; died: string; detail: RegExp }>([
    { work: { kind: "hang" }, limits: { wallMs: () => 300 }, died: "timeout", detail: /300 ms/ },
    { work: { kind: "swell" }, limits: { maxRssBytes: 250e6 }, died: "memory", detail: /bytes/ },
    { work: { kind: "swell_heap" }, limits: {}, died: "memory", detail: /heap out of memory/ },
    { work: { kind: "throw" }, limits: {}, died: "crash", detail: /no good/ },
    { work: { kind: "exit", code: 7 }, limits: {}, died: "crash", detail: /exit code 7/ },
    { work: { kind: "answer_nonsense" }, limits: {}, died: "crash", detail: /expected object/ },
  ])("that does $work.kind is lost as $died, and the next request gets another", async ({ work, limits, ...death }) => {
    const pool = poolOf({
      ...limits,
      wallMs: (asked) => (asked.kind === work.kind && limits.wallMs?.(asked)) || longMs,
    });
    const pid = await pidOf(pool);
    expect(await pool.run(work, { signal: never })).toEqual({
      died: death.died,
      detail: expect.stringMatching(death.detail),
    });
    expect(await pidOf(pool)).not.toBe(pid);
    await until(() => identityOf(pid) === undefined);
  });

  it("that does not even start is a crash", async () => {
    const pool = createChildPool({
      modulePath: join(import.meta.dirname, "testing/missing.ts"),
      size: 1,
      result: z.unknown(),
      event: z.unknown(),
      limits: {
        wallMs: () => 1,
        maxRssBytes: 1e9,
        recycleAfter: 1,
        recycleAboveRssBytes: 1,
        heapBytes: 64e6,
        idleMs: 1,
      },
      log: silentLog,
    });
    expect(await pool.run({}, { signal: never })).toMatchObject({
      died: "crash",
      detail: expect.stringContaining("MODULE_NOT_FOUND"),
    });
    await pool.close();
  });

  it("ends with the server, also while it hangs", async () => {
    const owner = spawn(process.execPath, [join(import.meta.dirname, "testing/pool-owner.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [printed] = await once(owner.stdout, "data");
    const pid = Number(String(printed).trim());
    expect(identityOf(pid)).toBeDefined();
    owner.kill("SIGKILL");
    await until(() => identityOf(pid) === undefined);
  });
});

describe("the pool", () => {
  it("replaces a child after its share of requests", async () => {
    const pool = poolOf({ recycleAfter: 2 });
    const pids = [await pidOf(pool), await pidOf(pool), await pidOf(pool)];
    expect(pids[1]).toBe(pids[0]);
    expect(pids[2]).not.toBe(pids[0]);
  });

  it("replaces a child that keeps too much memory", async () => {
    const pool = poolOf({ recycleAboveRssBytes: 250e6 });
    const pid = await pidOf(pool);
    await pool.run({ kind: "hold", bytes: 250e6 }, { signal: never });
    expect(await pidOf(pool)).not.toBe(pid);
  });

  it("lets an idle child go", async () => {
    const pool = poolOf({ idleMs: 1 });
    const pid = await pidOf(pool);
    await until(() => identityOf(pid) === undefined);
    expect(await pidOf(pool)).not.toBe(pid);
  });

  it("works on as many requests at once as it has children, and on the others after them", async () => {
    const pool = poolOf({}, 2);
    const blocked = new AbortController();
    const begun: (() => void)[] = [];
    const all = [1, 2].map(
      () =>
        new Promise<void>((resolve) => {
          begun.push(resolve);
        }),
    );
    const running = begun.map((onEvent) => pool.run({ kind: "wait" }, { signal: blocked.signal, onEvent }));
    await Promise.all(all);
    const third = pool.run(echo, { signal: never });
    const settled = vi.fn<() => void>();
    void third.finally(settled);
    expect(settled).not.toHaveBeenCalled();
    blocked.abort(new Error("stop"));
    await Promise.all(running.map((run) => expect(run).rejects.toThrow("stop")));
    expect(answerOf(await third).text).toBe(echo.text);
  });

  it("forgets a request that is aborted while it waits, and kills the child of one under way", async () => {
    const pool = poolOf();
    const pid = await pidOf(pool);
    const under = new AbortController();
    const waiting = new AbortController();
    const begun = Promise.withResolvers<void>();
    const first = pool.run({ kind: "hang" }, { signal: under.signal, onEvent: () => begun.resolve() });
    await begun.promise;
    const second = pool.run(echo, { signal: waiting.signal });
    const third = pool.run(echo, { signal: never });
    waiting.abort(new Error("second"));
    await expect(second).rejects.toThrow("second");
    under.abort(new Error("first"));
    await expect(first).rejects.toThrow("first");
    expect(answerOf(await third).pid).not.toBe(pid);
    await expect(pool.run(echo, { signal: under.signal })).rejects.toThrow("first");
  });

  it("kills everything when it is closed", async () => {
    const pool = poolOf();
    const pid = await pidOf(pool);
    const running = pool.run({ kind: "hang" }, { signal: never });
    const waiting = pool.run(echo, { signal: never });
    const ended = Promise.all([running, waiting].map((run) => expect(run).rejects.toThrow("closed")));
    await pool.close();
    await ended;
    expect(identityOf(pid)).toBeUndefined();
  });
});
