import { describe, expect, it } from "vitest";
import type { GenerationRequest, ReasoningWish } from "../../conversation/request.ts";
import { assistant, text, user, write } from "./testing/requests-and-streams.ts";

const budgeted = "claude-sonnet-4-5-20250929";
const adaptive = "claude-opus-4-6";
const always = "claude-fable-5";
const newer = "claude-sonnet-5";

const think = (reasoning: ReasoningWish | undefined, model: string, more: Partial<GenerationRequest> = {}) => {
  const { body, warnings } = write({ maxOutputTokens: 10_000, reasoning, ...more }, model);
  return [body["thinking"], body["output_config"], warnings];
};
const budget = (budget_tokens: number) => ({ type: "enabled", budget_tokens });

describe("the wish to think", () => {
  it.each<[ReasoningWish, number]>([
    [{ effort: "minimal" }, 1_024],
    [{ effort: "low" }, 2_000],
    [{ effort: "medium" }, 5_000],
    [{ effort: "high" }, 8_000],
    [{ effort: "xhigh" }, 9_000],
    [{ effort: "max" }, 9_500],
    [{ adaptive: true }, 5_000],
    [{ budgetTokens: 3_000 }, 3_000],
  ])("%j is a share of the answer at models that count", (wish, tokens) => {
    expect(think(wish, budgeted)).toEqual([budget(tokens), undefined, undefined]);
  });

  it("is taken for a medium one, and told so, where nobody knows its word", () => {
    expect(think({ effort: "unheard-of" }, budgeted)).toEqual([
      budget(5_000),
      undefined,
      "reasoning_effort: it is not known, and was taken for medium",
    ]);
  });

  it("stays below the length of the answer and above the least, and says when it was changed", () => {
    expect(think({ budgetTokens: 20_000 }, budgeted)).toEqual([
      budget(9_999),
      undefined,
      expect.stringContaining("thinking.budget_tokens"),
    ]);
    expect(think({ budgetTokens: 10 }, budgeted)[0]).toEqual(budget(1_024));
    const short = think({ effort: "high" }, budgeted, { maxOutputTokens: 1_024 });
    expect(short).toEqual([undefined, undefined, expect.stringContaining("reasoning_effort")]);
  });

  it.each<[ReasoningWish, string, object, object | undefined]>([
    [{ effort: "low" }, adaptive, { type: "adaptive" }, { effort: "low" }],
    [{ effort: "minimal" }, adaptive, { type: "adaptive" }, { effort: "low" }],
    [{ effort: "max" }, adaptive, { type: "adaptive" }, { effort: "max" }],
    [{ adaptive: true, visible: true }, adaptive, { type: "adaptive" }, undefined],
    [
      { effort: "xhigh", visible: true },
      "claude-opus-4-8",
      { type: "adaptive", display: "summarized" },
      { effort: "xhigh" },
    ],
    [{ effort: "high" }, always, { type: "adaptive" }, { effort: "high" }],
  ])("%j is a word at %s", (wish, model, thinking, config) => {
    expect(think(wish, model)).toEqual([thinking, config, undefined]);
  });

  it("is told to have been changed where the model has no such effort, or no budget", () => {
    expect(think({ effort: "xhigh" }, adaptive)).toEqual([
      { type: "adaptive" },
      { effort: "high" },
      expect.stringContaining("reasoning_effort: `xhigh`"),
    ]);
    expect(think({ budgetTokens: 5_000 }, newer)).toEqual([
      { type: "adaptive" },
      undefined,
      expect.stringContaining("thinking.budget_tokens"),
    ]);
    expect(think({ effort: "low" }, "claude-3-5-sonnet-20241022")).toEqual([
      undefined,
      undefined,
      expect.stringContaining("reasoning_effort"),
    ]);
  });

  it.each<ReasoningWish>([{ disabled: true }, { effort: "none" }])(
    "%j is told to those alone who would think",
    (wish) => {
      expect(think(wish, budgeted)).toEqual([undefined, undefined, undefined]);
      expect(think(wish, adaptive)).toEqual([undefined, undefined, undefined]);
      expect(think(wish, newer)).toEqual([{ type: "disabled" }, undefined, undefined]);
      expect(think(wish, always)).toEqual([undefined, { effort: "low" }, expect.stringContaining("always thinks")]);
    },
  );

  it("gives way to a tool that has to be called", () => {
    const tools = [{ name: "look", parameters: { type: "object" } }];
    for (const toolChoice of [{ type: "required" }, { type: "tool", name: "look" }] as const) {
      expect(think({ effort: "high" }, budgeted, { tools, toolChoice })).toEqual([
        undefined,
        undefined,
        expect.stringContaining("reasoning_effort"),
      ]);
    }
    expect(think({ effort: "high" }, budgeted, { tools, toolChoice: { type: "auto" } })[0]).toEqual(budget(8_000));
  });

  it("edge case 07: gives way where a turn that called tools was begun without thoughts of this provider", () => {
    const call = { type: "tool-call", id: "a", name: "look", arguments: "{}" } as const;
    const result = { type: "tool-result", callId: "a", content: [] } as const;
    const turns = [user(text("hi")), assistant(call), user(result)];
    expect(think({ effort: "high" }, budgeted, { turns })).toEqual([
      undefined,
      undefined,
      expect.stringContaining("begun without thoughts"),
    ]);
    const thought = { type: "reasoning", text: "hm", signature: { by: "anthropic", value: "Eq" } } as const;
    const begun = [user(text("hi")), assistant(thought, call), user(result)];
    expect(think({ effort: "high" }, budgeted, { turns: begun })[0]).toEqual(budget(8_000));
    expect(think({ effort: "high" }, adaptive, { turns })[0]).toEqual({ type: "adaptive" });
  });

  it("leaves temperature to the model, and says so", () => {
    const { body, warnings } = write(
      { reasoning: { effort: "low" }, sampling: { temperature: 0.2, topP: 0.9 } },
      budgeted,
    );
    expect(body).not.toHaveProperty("temperature");
    expect(body).not.toHaveProperty("top_p");
    expect(warnings).toMatch(/temperature: .*while the model thinks.*top_p: /);
  });
});
