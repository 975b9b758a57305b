import { createParser } from "eventsource-parser";
import { describe, expect, it } from "vitest";
import { EventScanner, EventTooLargeError } from "./event-scanner.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const scan = (chunks: readonly Uint8Array[], { end = true, maxEventBytes = 1_000_000 } = {}): [string, string][] => {
  const events: [string, string][] = [];
  const onEvent = ({ type, data }: { type: string; data: Uint8Array }): void =>
    void events.push([type, decoder.decode(data)]);
  const scanner = new EventScanner({ maxEventBytes, onEvent });
  for (const chunk of chunks) scanner.push(chunk);
  if (end) scanner.end();
  return events;
};

/** The bytes in pieces of so many bytes. */
const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size));

const cases: { name: string; stream: string; events: [string, string][] }[] = [
  { name: "an event", stream: "data: a\n\n", events: [["", "a"]] },
  { name: "CRLF", stream: "data: a\r\n\r\ndata: b\r\n\r\n", events: [["", "a"], ["", "b"]] }, // prettier-ignore
  { name: "CR alone", stream: "data: a\r\rdata: b\r\r", events: [["", "a"], ["", "b"]] }, // prettier-ignore
  { name: "mixed line ends", stream: "data: a\r\n\ndata: b\n\r\n", events: [["", "a"], ["", "b"]] }, // prettier-ignore
  { name: "comments", stream: ": ping\n\n:\ndata: a\n: in between\ndata: b\n\n", events: [["", "a\nb"]] },
  { name: "several data lines", stream: "data: a\ndata:\ndata: c\n\n", events: [["", "a\n\nc"]] },
  { name: "an empty first data line", stream: "data:\ndata: b\n\n", events: [["", "\nb"]] },
  { name: "no space, and one space only taken off", stream: "data:a\ndata:  b\n\n", events: [["", "a\n b"]] },
  { name: "a field without colon", stream: "data\n\n", events: [["", ""]] },
  { name: "an event type", stream: "event: error\ndata: a\n\ndata: b\n\n", events: [["error", "a"], ["", "b"]] }, // prettier-ignore
  { name: "a type without data", stream: "event: ping\n\ndata: a\n\n", events: [["", "a"]] },
  { name: "unknown fields", stream: "id: 1\nretry: 5\ndatax: no\ndata: a\n\n", events: [["", "a"]] },
  { name: "a byte order mark", stream: "\uFEFFdata: a\n\n", events: [["", "a"]] },
  { name: "a missing blank line at the end", stream: "data: a\n\ndata: b\n", events: [["", "a"], ["", "b"]] }, // prettier-ignore
  { name: "a missing line end at the end", stream: "data: a\n\ndata: b", events: [["", "a"], ["", "b"]] }, // prettier-ignore
  { name: "characters of several bytes", stream: "data: grün 🦜 蛙\n\n", events: [["", "grün 🦜 蛙"]] },
  { name: "blank lines", stream: "\n\n\r\n\ndata: a\n\n\n\n", events: [["", "a"]] },
  { name: "nothing", stream: "", events: [] },
];

describe("EventScanner", () => {
  for (const { name, stream, events } of cases) {
    it(`reads ${name}, however the bytes are cut`, () => {
      const bytes = encoder.encode(stream);
      for (let size = 1; size <= Math.max(1, bytes.length); size += 1) {
        expect(scan(cut(bytes, size)), `pieces of ${size} bytes`).toEqual(events);
      }
    });
  }

  it("reads one line of megabytes in small pieces in linear time", () => {
    const payload = "x".repeat(4_000_000);
    const bytes = encoder.encode(`data: ${payload}\n\n`);
    expect(scan(cut(bytes, 1_400), { maxEventBytes: 5_000_000 })).toEqual([["", payload]]);
  });

  it("refuses an event beyond its limit: as one line, as many lines, and without any line end", () => {
    const limits = { maxEventBytes: 1_000 };
    for (const stream of [
      `data: ${"x".repeat(2_000)}\n\n`,
      "data: 0123456789\n".repeat(200),
      "data\n".repeat(2_000),
      "x".repeat(2_000),
    ]) {
      expect(() => scan(cut(encoder.encode(stream), 100), limits)).toThrow(EventTooLargeError);
    }
    const manySmall = "data: 0123456789\n\n".repeat(1_000);
    expect(scan(cut(encoder.encode(manySmall), 100), limits)).toHaveLength(1_000);
  });

  it("counts a long comment against the limit only while it lasts", () => {
    const stream = `: ${"c".repeat(600)}\ndata: ${"x".repeat(600)}\n\n`;
    expect(scan(cut(encoder.encode(stream), 64), { maxEventBytes: 1_000 })).toHaveLength(1);
  });

  it("agrees with eventsource-parser on generated streams", () => {
    // A fixed linear congruential generator, so that a failure can be repeated.
    let state = 20_260_721;
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    const parts = ["data: a", "data:", "data:ü🦜", "event: x", ": c", "id: 7", "", "", 'data: {"k":1}', "nothing"];
    const ends = ["\n", "\r\n", "\r"];
    for (let round = 0; round < 300; round += 1) {
      const lines = Array.from({ length: 30 }, () => `${parts[random(parts.length)]}${ends[random(ends.length)]}`);
      const stream = `${lines.join("")}\n\n`;
      const expected: [string, string][] = [];
      const oracle = createParser({ onEvent: ({ event, data }) => void expected.push([event ?? "", data]) });
      oracle.feed(stream);
      const bytes = encoder.encode(stream);
      expect(scan(cut(bytes, 1 + random(40)), { end: false }), JSON.stringify(stream)).toEqual(expected);
    }
  });
});
