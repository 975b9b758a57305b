import type { TaggerEvaluation } from "@llm-tuner/contract/tagging.ts";
import { describe, expect, it } from "vitest";
import { comparisonOf, percent, points } from "./quality-words.ts";

const evaluation = (tagger: string, f1: number | null, status: TaggerEvaluation["status"] = "completed") => ({
  tagger,
  documents: 20,
  precision: f1,
  recall: f1,
  f1,
  cost_usd: 0,
  cost_usd_per_document: 0,
  status,
  message: null,
  created_at: "2026-01-01T00:00:00.000Z",
});

describe("what a tagger is worth", () => {
  it("is told in words", () => {
    expect(percent(0.875)).toBe("87.5 %");
    expect(percent(0)).toBe("0.0 %");
    expect(percent(null)).toBe("–");
    expect(points(0.5, 0.625)).toBe("+12.5 points");
    expect(points(0.5, 0.4)).toBe("−10.0 points");
    expect(points(null, 0.4)).toBe("–");
  });

  it("is compared with the other tagger that was measured last", () => {
    const evaluations = [
      evaluation("ft:mine", null, "running"),
      evaluation("ft:mine", 0.8),
      evaluation("gpt-4o-mini", null, "failed"),
      evaluation("offline", 0.3),
      evaluation("ft:mine", 0.7),
      evaluation("gpt-4o-mini", 0.6),
    ];
    const found = comparisonOf(evaluations, "ft:mine");
    expect([found?.before.tagger, found?.before.f1, found?.after.f1]).toEqual(["offline", 0.3, 0.8]);
  });

  it("is compared with nothing while only one was measured", () => {
    expect(comparisonOf([evaluation("offline", 0.3)], "offline")).toBeUndefined();
    expect(comparisonOf([evaluation("offline", 0.3)], "ft:mine")).toBeUndefined();
  });
});
