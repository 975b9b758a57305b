import { describe, expect, it } from "vitest";
import { TranslationNotes } from "../../conversation/notes.ts";
import { aspectRatioOf } from "./image-size.ts";

const ratioOf = (size: unknown, isImagen = false) => {
  const notes = new TranslationNotes({ strict: false });
  return [aspectRatioOf(size, { isImagen, notes }), notes.header() !== undefined];
};

describe("aspectRatioOf", () => {
  it.each([
    [undefined, false, undefined, false],
    [null, false, undefined, false],
    ["auto", false, undefined, false],
    ["1024x1024", false, "1:1", false],
    ["1536x1024", false, "3:2", false],
    ["1024x1536", false, "2:3", false],
    ["1792x1024", false, "16:9", false],
    ["1024x1792", true, "9:16", false],
    // Fewer pixels than any of the models draws.
    ["256x256", false, "1:1", true],
    // Imagen knows fewer shapes.
    ["1536x1024", true, "4:3", true],
    ["3000x1024", false, "21:9", true],
  ])("%s becomes %s (by Imagen: %s), told: %s", (size, isImagen, ratio, isTold) => {
    expect(ratioOf(size, isImagen)).toEqual([ratio, isTold]);
  });

  it.each(["large", "1024", "0x0", "1024x"])("refuses %s", (size) => {
    expect(() => ratioOf(size)).toThrow("no width and height");
  });
});
