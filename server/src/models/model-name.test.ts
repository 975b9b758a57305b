import { ModelId } from "@llm-tuner/contract/ids.ts";
import { describe, expect, it } from "vitest";
import { isTunedModelName, modelIdOfJob, modelName } from "./model-name.ts";

describe("modelIdOfJob", () => {
  it("gives a valid id, always the same for a job and another for another job", () => {
    const first = modelIdOfJob("llm-tune-ab12-starter-20261121-100000-local");
    expect(ModelId.parse(first)).toBe(first);
    expect(modelIdOfJob("llm-tune-ab12-starter-20261121-100000-local")).toBe(first);
    expect(modelIdOfJob("llm-tune-ab12-starter-20261121-100001-local")).not.toBe(first);
  });

  it("uses the whole alphabet", () => {
    const characters = new Set(
      Array.from({ length: 200 }, (_, index) => modelIdOfJob(`job ${index}`).slice(6)).join(""),
    );
    expect(characters.size).toBe(62);
  });
});

describe("modelName", () => {
  const ids = { modelId: "model_9xK2aaaaZZZZ", userId: "user_ab12cccc", baseModel: "starter" };

  it("joins base, user, suffix and model", () => {
    expect(modelName({ ...ids, suffix: "faq" })).toBe("ft:starter:ab12:faq:9xK2aaaa");
  });

  it("leaves the place of an absent suffix empty", () => {
    expect(modelName({ ...ids, suffix: null })).toBe("ft:starter:ab12::9xK2aaaa");
  });

  it("is told from every other name by its beginning", () => {
    expect(isTunedModelName(modelName({ ...ids, suffix: null }))).toBe(true);
    expect(["starter", "gpt-4o", "ftx", "openai/ft:x"].some(isTunedModelName)).toBe(false);
  });
});
