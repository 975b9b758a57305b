import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startFakeProcess, type FakeProcess } from "./fake-process.ts";
import { readJournal, totalsOf } from "./journal.ts";

let folder: string;
let journalPath: string;
const running: FakeProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "llm-tuner-fake-"));
  journalPath = join(folder, "journal.jsonl");
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((fake) => fake.end("SIGKILL")));
  await rm(folder, { recursive: true });
});

const start = async (): Promise<FakeProcess> => {
  const fake = await startFakeProcess("openai", { journalPath });
  running.push(fake);
  return fake;
};

const ask = ({ origin, apiKey }: FakeProcess, content: string, more = {}, signal?: AbortSignal) =>
  fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content }], ...more }),
    ...(signal === undefined ? {} : { signal }),
  });

describe("the journal of a fake in a process of its own", () => {
  it("holds every call after a kill -9, and a fake that starts on it counts on", async () => {
    const first = await start();
    await (await ask(first, "[[fake: words 4]]")).text();
    await (await ask(first, "[[fake: words 6]]", { stream: true })).text();
    await first.plan({ stall: { afterEvents: 3 } });
    const cut = await ask(first, "[[fake: words 9]]", { stream: true });
    await cut.body?.getReader().read();
    const before = await first.totals();
    await first.end("SIGKILL");
    const calls = readJournal(journalPath);
    expect(calls.map(({ event }) => event)).toEqual(["ended", "ended", "arrived"]);
    expect(totalsOf(calls)).toEqual(before);
    expect(before).toMatchObject({ calls: 3, open: 1, finished: 2, usage: { outputText: 10, inputUncached: 12 } });

    await appendFile(journalPath, '{"event":"arr');
    const second = await start();
    expect(await second.totals()).toEqual(before);
    await (await ask(second, "[[fake: words 5]]")).text();
    expect((await second.calls()).map(({ call }) => call)).toEqual([1, 2, 3, 4]);
    expect((await second.totals()).usage.outputText).toBe(15);
    expect(totalsOf(readJournal(journalPath))).toEqual(await second.totals());
  });

  it("ends when it is told to, stalled answers or not, and says who left", async () => {
    const fake = await start();
    await fake.plan({ stall: { afterEvents: 2 } });
    const stalled = await ask(fake, "[[fake: words 9]]", { stream: true });
    await fake.end("SIGTERM");
    await expect(stalled.text()).rejects.toThrow(/terminated/);
    expect(readJournal(journalPath)).toMatchObject([
      { event: "ended", outcome: "client_gone", usage: { outputText: 1 } },
    ]);
  });

  it("has the line of an answer before its last byte is out", async () => {
    const fake = await start();
    for (const stream of [false, true]) {
      const response = await ask(fake, "[[fake: words 4]]", { stream });
      await response.text();
      const lines = (await readFile(journalPath, "utf8")).trimEnd().split("\n");
      expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
        event: "ended",
        stream,
        outcome: "finished",
        written: { text: 4 },
      });
    }
  });

  it("is steered and read over HTTP", async () => {
    const fake = await start();
    await fake.behave({ every: 2, error: { status: 429 } });
    expect([(await ask(fake, "a")).status, (await ask(fake, "a")).status]).toEqual([200, 429]);
    await fake.clear();
    await fake.plan({ stall: { afterEvents: 0 } });
    const abort = new AbortController();
    const left = ask(fake, "a", { stream: true }, abort.signal);
    await fake.reached("arrived", 3);
    await (await left).body?.cancel();
    await fake.reached("ended", 3);
    expect((await fake.calls()).map((call) => call.event === "ended" && call.outcome)).toEqual([
      "finished",
      "fault",
      "client_gone",
    ]);
    await expect(fake.plan({ times: -1 })).rejects.toThrow(/400|>=0/);
    expect((await fetch(`${fake.origin}/__fake/nothing`)).status).toBe(404);
  });
});
