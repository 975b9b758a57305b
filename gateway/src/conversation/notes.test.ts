import { describe, expect, it } from "vitest";
import { readFact } from "./answer.ts";
import { TranslationNotes } from "./notes.ts";

describe("the header of what was lost", () => {
  it("holds no more entries, and no longer names, than proxies take", () => {
    const notes = new TranslationNotes({ strict: false });
    notes.lost("f".repeat(1_000_000), "why");
    for (let index = 0; index < 10_000; index += 1) notes.lost(`tools[${index}].cache_control`, "why");
    const header = notes.header() ?? "";
    expect(header.length).toBeLessThan(2_000);
    expect(header).toMatch(/^f{120}\.\.\.: why; tools\[0]/);
    expect(header).toMatch(/; and 9981 more$/);
  });

  it("cannot be broken out of by a caller's name of a field", () => {
    const notes = new TranslationNotes({ strict: false });
    notes.lost("a\r\nset-cookie: b=c\u2028ü", "why");
    expect(notes.header()).toBe("a??set-cookie: b=c??: why");
  });

  it("is told in full to a strict caller, by the error", () => {
    const notes = new TranslationNotes({ strict: true });
    expect(() => notes.lost("a", "why")).toThrow(
      expect.objectContaining({ code: "unsupported_parameter", param: "a" }),
    );
  });
});

describe("a fact of an answer", () => {
  it.each([
    ["msg_7", "msg_7"],
    ["", null],
    [7, null],
    ["a\u0000b", null],
    ["a\nb", null],
    ["x".repeat(201), null],
  ])("%j is recorded as %j", (told, recorded) => {
    expect(readFact(told)).toBe(recorded);
  });
});
