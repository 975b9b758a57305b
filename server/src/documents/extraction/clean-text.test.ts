import { describe, expect, it } from "vitest";
import { cleanText, cutText } from "./clean-text.ts";

describe("cleaning a text", () => {
  it.each([
    ["what the database refuses", "a\0b\uD800c\uDC00d", "ab\uFFFDc\uFFFDd"],
    ["controls, but neither tabs nor newlines", "a\u0007\tb\u009F\nc", "a\tb\nc"],
    ["every kind of newline", "a\r\nb\rc\fd\u2028e\vf", "a\nb\nc\nd\ne\nf"],
    ["letters and accents apart", "e\u0301 A\u030A", "é Å"],
    ["ligatures", "ﬁle ﬂow eﬃcient", "file flow efficient"],
    ["hyphens that do not show, and marks of order", "docu\u00ADment\uFEFF\uFFFE", "document"],
    ["blanks at the ends and lines without anything", "  a  \n\n\n\n b \n", "a\n\n b"],
    ["other scripts and emoji not at all", "吾輩は猫 😀 שלום", "吾輩は猫 😀 שלום"],
  ])("mends %s", (_, raw, clean) => {
    expect(cleanText(raw)).toBe(clean);
  });

  it("cuts between characters", () => {
    expect(cutText("ab😀", 3)).toBe("ab");
    expect(cutText("ab😀", 4)).toBe("ab😀");
  });
});
