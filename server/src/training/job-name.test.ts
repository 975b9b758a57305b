import { JobName } from "@llm-tuner/contract/training.ts";
import { describe, expect, it } from "vitest";
import { freeJobName, jobNameStem } from "./job-name.ts";

const now = new Date("2026-11-21T10:00:09.999Z");
const stemOf = (baseModel: string, userId = "user_AbCdEf0123456789") => jobNameStem({ userId, baseModel, now });

describe("a job name", () => {
  it("tells user, base model, time and place", () => {
    expect(stemOf("starter")).toBe("llm-tune-abcdef-starter-20261121-100009-local");
  });

  it.each(["gpt2", "TinyLlama/TinyLlama-1.1B", "Ünïcode model", "../../etc", "x".repeat(300), "..", "-"])(
    "fits the contract and holds no path for the base model %s",
    (baseModel) => {
      const stem = stemOf(baseModel);
      expect(JobName.parse(`${stem}-1000`)).toBe(`${stem}-1000`);
      expect(stem).not.toContain("/");
    },
  );

  it("gets a number when others have it already", () => {
    expect(freeJobName("a", [])).toBe("a");
    expect(freeJobName("a", ["a"])).toBe("a-2");
    expect(freeJobName("a", ["a", "a-3", "a-2"])).toBe("a-4");
    expect(freeJobName("a", ["a-2"])).toBe("a");
  });
});
