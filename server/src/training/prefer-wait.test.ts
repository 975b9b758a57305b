import { describe, expect, it } from "vitest";
import { preferredWaitMs } from "./prefer-wait.ts";

describe("the Prefer header", () => {
  it.each([
    ["wait=60", 60_000],
    ["respond-async, wait=5", 5000],
    ['WAIT="7"; foo=bar', 7000],
    ["wait=0", 0],
    ["wait", 2 ** 31 - 1],
    ["wait=999999999", 2 ** 31 - 1],
  ])("%s holds the answer for %d ms", (header, ms) => {
    expect(preferredWaitMs(header)).toBe(ms);
  });

  it.each([undefined, "", "respond-async", "waits=4", "wait=soon", "wait=-1"])("%s asks for nothing", (header) => {
    expect(preferredWaitMs(header)).toBeUndefined();
  });
});
