import type { Tag } from "@llm-tuner/contract/tags.ts";
import { describe, expect, it } from "vitest";
import { likeliestToStay } from "./likeliest-to-stay.ts";

const tag = (name: string, documents: number, accepted: number): Tag => ({
  id: `tag_${name.padEnd(22, "0")}`,
  name,
  documents,
  accepted,
  suggested: documents - accepted,
  rejected: 0,
  created_at: "2026-11-21T10:00:00.000Z",
});

describe("the tag that stays in a merge", () => {
  it("is the one that people accepted most, and among equals the one that most documents have", () => {
    expect(likeliestToStay([tag("a", 9, 1), tag("b", 3, 2)])?.name).toBe("b");
    expect(likeliestToStay([tag("a", 3, 2), tag("b", 9, 2)])?.name).toBe("b");
    expect(likeliestToStay([])).toBeUndefined();
  });
});
