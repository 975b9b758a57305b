import type { LlmModel, LlmProvider } from "@llm-tuner/contract/llm.ts";
import { describe, expect, it } from "vitest";
import { groupsOf, maySee, modelChoices } from "./model-choices.ts";

const model = (id: string, more: Partial<LlmModel> = {}): LlmModel => ({
  id,
  context_window: 8000,
  max_output_tokens: 1000,
  input_price: 1,
  output_price: 2,
  capabilities: ["chat"],
  ...more,
});
const provider = (id: string, name: string, models: LlmModel[], available = true): LlmProvider => ({
  id,
  name,
  available,
  models,
});
const served = (id: string, owned_by: string) => ({ id, owned_by, object: "model" as const, created: 0 });

const providers = [
  provider("openai", "OpenAI", [
    model("gpt-b", { capabilities: ["chat", "vision"] }),
    model("gpt-a"),
    model("embed", { capabilities: ["embeddings"] }),
  ]),
  provider("off", "Off", [model("asleep")], false),
  provider("tuned", "Tuned here", [model("ft:starter:x"), model("starter")]),
];
const choices = modelChoices(
  [
    served("embed", "openai"),
    served("gpt-b", "openai"),
    served("starter", "llm-tuner"),
    served("fast", "llm-tuner"),
    served("gpt-a", "llm-tuner"),
    served("ft:starter:x", "user_1"),
  ],
  providers,
);

describe("the models to choose from", () => {
  it("are those that may be asked and chat, tuned ones first, by who offers them", () => {
    expect(groupsOf(choices).map(({ value, items }) => [value, items.map(({ id }) => id)])).toEqual([
      ["Your tuned models", ["ft:starter:x"]],
      ["Base models on this machine", ["starter"]],
      // A route may have the name of a provider's model, and is what answers then.
      ["Routes", ["fast", "gpt-a"]],
      ["OpenAI", ["gpt-b"]],
    ]);
  });

  it("see pictures as far as it is known; of a route the answer tells", () => {
    expect(choices.filter(maySee).map(({ id }) => id)).toEqual(["fast", "gpt-a", "gpt-b"]);
  });
});
