import { describe, expect, it } from "vitest";
import { parseByteRange } from "./byte-range.ts";

describe("a range of 100 bytes", () => {
  it.each([
    ["bytes=0-0", { start: 0, end: 0 }],
    ["bytes=10-19", { start: 10, end: 19 }],
    ["bytes=90-200", { start: 90, end: 99 }],
    ["bytes=99-", { start: 99, end: 99 }],
    ["bytes=-1", { start: 99, end: 99 }],
    ["bytes=-500", { start: 0, end: 99 }],
    [" bytes=1-2 ", { start: 1, end: 2 }],
    ["bytes=100-", "unsatisfiable"],
    ["bytes=100-100", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=5-4", undefined],
    ["bytes=-", undefined],
    ["bytes=a-b", undefined],
    ["bytes=1-2,4-5", undefined],
    ["bytes 1-2", undefined],
    ["bytes=99999999999999999999-", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%s", (header, expected) => {
    expect(parseByteRange(header, 100)).toEqual(expected);
  });
});
