import { appendFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainerEvent } from "@llm-tuner/contract/run-folder.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../platform/log/log.ts";
import { readTail } from "./event-tail.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "event-tail-"));
  path = join(folder, "events.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const line = (seq: number, message = "möglich ✓"): string => {
  const event: TrainerEvent = {
    seq,
    time: "2026-11-21T10:00:01.000Z",
    attempt: 1,
    type: "log",
    level: "info",
    code: null,
    message,
  };
  return `${JSON.stringify(event)}\n`;
};

const read = (fromOffset = 0) => readTail({ path, fromOffset, log: silentLog });
const seqs = (events: TrainerEvent[]) => events.map(({ seq }) => seq);

describe("the tail of an event file", () => {
  it("is empty before the trainer has made the file", async () => {
    expect(await read()).toEqual({ events: [], nextOffset: 0, hasMore: false });
  });

  it("is read from where it was left, each event once", async () => {
    await writeFile(path, line(1) + line(2));
    const first = await read();
    expect(seqs(first.events)).toEqual([1, 2]);
    expect(await read(first.nextOffset)).toEqual({ events: [], nextOffset: first.nextOffset, hasMore: false });
    await appendFile(path, line(3));
    expect(seqs((await read(first.nextOffset)).events)).toEqual([3]);
  });

  it("waits for the end of a line, wherever it is torn", async () => {
    const bytes = Buffer.from(line(1) + line(2));
    for (let length = 0; length <= bytes.length; length += 7) {
      await writeFile(path, bytes.subarray(0, length));
      const part = await read();
      await writeFile(path, bytes);
      const rest = await read(part.nextOffset);
      expect(seqs([...part.events, ...rest.events])).toEqual([1, 2]);
    }
  });

  it("passes over lines that are no events", async () => {
    await writeFile(path, `${line(1)}{"seq":2,"ty\n\n{"seq":3}\n${line(4)}`);
    const part = await read();
    expect(seqs(part.events)).toEqual([1, 4]);
    expect(part.hasMore).toBe(false);
  });

  it("comes in bounded parts", async () => {
    const message = "x".repeat(400_000);
    await writeFile(path, line(1, message) + line(2, message) + line(3, message) + line(4));
    const first = await read();
    expect(seqs(first.events)).toEqual([1, 2]);
    expect(first.hasMore).toBe(true);
    const second = await read(first.nextOffset);
    expect(seqs(second.events)).toEqual([3, 4]);
    expect(second.hasMore).toBe(false);
  });

  it("gets past a line without end", async () => {
    await writeFile(path, `${"y".repeat((1 << 20) + 10)}\n${line(2)}`);
    const first = await read();
    expect(first.events).toEqual([]);
    expect(first.hasMore).toBe(true);
    expect(seqs((await read(first.nextOffset)).events)).toEqual([2]);
  });

  it("goes on from the end when a power cut has taken a part that was read already", async () => {
    await writeFile(path, line(1) + line(2));
    const { nextOffset } = await read();
    await truncate(path, Buffer.byteLength(line(1)));
    const shorter = await read(nextOffset);
    expect(shorter).toEqual({ events: [], nextOffset: Buffer.byteLength(line(1)), hasMore: false });
    await appendFile(path, line(2));
    expect(seqs((await read(shorter.nextOffset)).events)).toEqual([2]);
  });
});
