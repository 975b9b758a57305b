import { expect, it } from "vitest";
import { leftOutWords } from "./left-out-words.ts";

const none = {
  not_completed: 0,
  without_accepted_tags: 0,
  without_text: 0,
  same_content: 0,
  held_out: 0,
  not_usable: 0,
};

it("says why documents are left out, most of them first", () => {
  expect(leftOutWords(none)).toEqual([]);
  expect(leftOutWords({ ...none, held_out: 2, without_accepted_tags: 1200 })).toEqual([
    "1,200 without accepted tags",
    "2 kept to measure taggers with",
  ]);
});
