import { expect, it } from "vitest";
import { withBlock } from "./readme.ts";

const text = "# Title\n\n<!-- table -->\nold\n<!-- end of table -->\n\nAfter.\n";

it("replaces what stands between the marks of a block, and nothing else", () => {
  const once = withBlock(text, "table", "new");
  expect(once).toBe("# Title\n\n<!-- table -->\n\nnew\n\n<!-- end of table -->\n\nAfter.\n");
  expect(withBlock(once, "table", "new")).toBe(once);
});

it("does not write a result where there is no place for it", () => {
  expect(() => withBlock(text, "soak", "new")).toThrow("no place for soak");
  expect(() => withBlock("<!-- end of a --> <!-- a -->", "a", "new")).toThrow("no place for a");
});
