import type { DocumentTag } from "@llm-tuner/contract/tags.ts";
import { describe, expect, it } from "vitest";
import { counts, decided, inReviewOrder, nextToDecide, stepFrom } from "./tag-review.ts";

const tag = (name: string, state: DocumentTag["state"] = "suggested"): DocumentTag => ({
  tag: name,
  state,
  source: "model",
  is_new: false,
});
const stated = (tags: readonly DocumentTag[]): string[] => tags.map((one) => `${one.tag} ${one.state}`);

describe("a decision about a tag", () => {
  const tags = [tag("invoice"), tag("energy"), tag("2024", "accepted")];

  it("changes that tag and no other, whatever its case", () => {
    expect(stated(decided(tags, { tag: "Energy", state: "rejected" }))).toEqual([
      "invoice suggested",
      "energy rejected",
      "2024 accepted",
    ]);
  });

  it("puts another tag in its place, and remembers which it was", () => {
    const [, , , replacement] = decided(tags, { tag: "energy", state: "accepted", name: "electricity" });
    expect(replacement).toEqual({ tag: "electricity", state: "accepted", source: "person", is_new: false });
    expect(stated(decided(tags, { tag: "energy", state: "accepted", name: "electricity" }))[1]).toBe("energy edited");
  });

  it("takes the tag that is there already where it is put in another's place", () => {
    expect(stated(decided(tags, { tag: "energy", state: "accepted", name: "Invoice" }))).toEqual([
      "invoice accepted",
      "energy edited",
      "2024 accepted",
    ]);
  });

  it("that changes only the case stays one tag", () => {
    expect(stated(decided(tags, { tag: "energy", state: "accepted", name: "Energy" }))).toEqual([
      "invoice suggested",
      "Energy accepted",
      "2024 accepted",
    ]);
  });
});

describe("the review", () => {
  const tags = [tag("a", "rejected"), tag("b"), tag("c", "accepted"), tag("d")];

  it("shows what waits for a decision first and what was refused last", () => {
    expect(inReviewOrder(tags).map((one) => one.tag)).toEqual(["b", "d", "c", "a"]);
  });

  it("goes on to the next tag that waits, around the end, and stays where none is left", () => {
    expect(nextToDecide(tags, "b")).toBe("d");
    expect(nextToDecide(tags, "d")).toBe("b");
    expect(nextToDecide(tags, undefined)).toBe("b");
    expect(nextToDecide([tag("a", "accepted")], "a")).toBe("a");
  });

  it("steps through the list and stops at its ends", () => {
    expect([stepFrom(tags, "a", 1), stepFrom(tags, "a", -1), stepFrom(tags, "d", 1)]).toEqual(["b", "a", "d"]);
    expect([stepFrom(tags, undefined, 1), stepFrom(tags, undefined, -1), stepFrom([], "x", 1)]).toEqual([
      "a",
      "d",
      undefined,
    ]);
  });

  it("counts what waits and what was accepted", () => {
    expect(counts(tags)).toEqual({ suggested: 2, accepted: 1 });
  });
});
