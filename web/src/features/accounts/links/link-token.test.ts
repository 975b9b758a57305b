import { expect, it } from "vitest";
import { tokenIn } from "./link-token.ts";

it.each([
  ["#token=abc_DEF-1", "abc_DEF-1"],
  ["#token=", undefined],
  ["#other=abc", undefined],
  ["", undefined],
  ["#other=1&token=abc", "abc"],
])("the token of the link in %j is %s", (hash, token) => {
  expect(tokenIn(hash)).toBe(token);
});
