import { describe, expect, it } from "vitest";
import { pictureFault, withFiles } from "./picture-files.ts";

describe("a file that is attached", () => {
  it.each([
    ["image/png", 5_000_000, undefined],
    ["image/png", 5_000_001, "a is larger than 5 MB. Use a smaller picture."],
    ["image/svg+xml", 10, "a is not a PNG, JPEG, WebP or GIF picture."],
    ["", 10, "a is not a PNG, JPEG, WebP or GIF picture."],
  ])("of type %j and %i bytes", (type, size, fault) => {
    expect(pictureFault({ name: "a", type, size })).toBe(fault);
  });

  it("is left out beyond the fourth picture, and that is said", async () => {
    const four = Array.from({ length: 4 }, (_, index) => ({ name: `${index}`, dataUrl: `data:${index}` }));
    const file = new File(["x"], "fifth.png", { type: "image/png" });
    expect(await withFiles(four, [file])).toEqual({ pictures: four, faults: ["A message takes 4 pictures at most."] });
  });
});
