import { describe, expect, it } from "vitest";
import { buildRunFolderSchemas } from "./run-folder-schema.ts";
import { RunJob, TrainerEvent, TrainingExample } from "./run-folder.ts";

const stamp = { seq: 1, time: "2026-01-01T00:00:00Z", attempt: 1 };

describe("the run folder", () => {
  it.each([
    [
      "a chat",
      {
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: "Hello", weight: 0 },
        ],
      },
      true,
    ],
    ["a text", { text: "Once" }, true],
    ["an empty chat", { messages: [] }, false],
    ["an empty text", { text: "" }, false],
    ["both at once", { text: "a", messages: [{ role: "user", content: "b" }] }, false],
    ["an unknown role", { messages: [{ role: "robot", content: "Hi" }] }, false],
  ])("takes %s as an example: %#", (_, example, taken) => {
    expect(TrainingExample.safeParse(example).success).toBe(taken);
  });

  it("takes the trainer's events and refuses unknown kinds and unknown failures", () => {
    expect(TrainerEvent.safeParse({ ...stamp, type: "resumed", from_step: 0 }).success).toBe(true);
    expect(TrainerEvent.safeParse({ ...stamp, type: "party" }).success).toBe(false);
    const failed = { ...stamp, type: "failed", message: "m", remedy: "r", log_tail: [] };
    expect(TrainerEvent.safeParse({ ...failed, code: "out_of_memory" }).success).toBe(true);
    expect(TrainerEvent.safeParse({ ...failed, code: "bad_luck" }).success).toBe(false);
  });

  it("refuses a job of another schema version", () => {
    expect(RunJob.safeParse({ schema_version: 2 }).error?.issues.some(({ path }) => path[0] === "schema_version")).toBe(
      true,
    );
  });

  it("describes each document for Python without a reference to the outside", () => {
    for (const [name, schema] of Object.entries(buildRunFolderSchemas())) {
      const references = [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target);
      expect(
        references.every((target) => target?.startsWith("#")),
        name,
      ).toBe(true);
    }
  });
});
