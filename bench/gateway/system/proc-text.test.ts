import { describe, expect, it } from "vitest";
import {
  descendantsOf,
  parseMachineTimes,
  parseProcessorList,
  parseProcessTimes,
  parseResidentBytes,
  type ProcessTimes,
} from "./proc-text.ts";

describe("times of a process", () => {
  const rest = "S 41 77 77 0 -1 4194560 5 6 7 8 120 34 50 6 20 0 11 0 98765 1000 200 18446744073709551615";

  it("adds user and system time, its own and that of children that have ended", () => {
    const expected = { pid: 77, parentPid: 41, ownTicks: 154, reapedTicks: 56 };
    expect(parseProcessTimes(`77 (node) ${rest}`)).toEqual(expected);
  });

  it("is not misled by a name with spaces and parentheses", () => {
    const name = "(tmux: client) S 1 2 (3)";
    expect(parseProcessTimes(`77 (${name}) ${rest}`)).toMatchObject({ pid: 77, parentPid: 41, ownTicks: 154 });
  });

  it.each(["", "77 (node", "77 (node) S 41 77", `77 (node) ${rest.replace("120", "x")}`])(
    "refuses a text of another form: %j",
    (text) => expect(() => parseProcessTimes(text)).toThrow("proc(5)"),
  );
});

describe("times of the machine", () => {
  const text = "cpu  100 20 30 400 5 6 7 8 90 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n";

  it("counts programs without interrupts, guests once, and what the host took", () => {
    expect(parseMachineTimes(text)).toEqual({ programTicks: 150, stolenTicks: 8, totalTicks: 576 });
  });

  it("refuses a text without the line of all processors", () => {
    expect(() => parseMachineTimes("cpu0 1 2 3\n")).toThrow("no line of all processors");
  });
});

it("reads resident memory in bytes", () => {
  expect(parseResidentBytes("VmHWM:\t  9 kB\nVmRSS:\t   2048 kB\nRssAnon:\t 1 kB\n")).toBe(2_097_152);
  expect(() => parseResidentBytes("Name:\tkthreadd\n")).toThrow("resident memory");
});

it("reads the kernel's lists of processors", () => {
  expect(parseProcessorList("0-2,5\n")).toEqual([0, 1, 2, 5]);
  expect(parseProcessorList("3")).toEqual([3]);
  expect(() => parseProcessorList("all")).toThrow("not a list");
});

it("finds children of children, and nobody else's", () => {
  const process = (pid: number, parentPid: number): ProcessTimes => ({ pid, parentPid, ownTicks: 1, reapedTicks: 0 });
  const processes = [process(2, 1), process(3, 2), process(4, 3), process(5, 1), process(6, 2)];
  expect(descendantsOf(2, processes).map(({ pid }) => pid)).toEqual([3, 4, 6]);
});
