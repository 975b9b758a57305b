import Anthropic from "@anthropic-ai/sdk";
import { testKey } from "@llm-tuner/gateway/testing/test-gateway.ts";
import type OpenAI from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { gatewayAtModels, turnsInAnyOrder } from "./support/provider-ways.ts";

/*
 * Both official SDKs at Anthropic's models of three lines, which want to be asked in different words. The fake refuses what
 * Anthropic refuses, and its own counts are the oracle for what is metered.
 */

let client: Anthropic;
let openAi: OpenAI;

/** They think by a budget, by effort, and by effort without sampling. */
const models = ["claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-5-5"];

const { gateway, expectBilled } = gatewayAtModels("anthropic", models);
beforeAll(() => {
  client = new Anthropic({ apiKey: testKey, baseURL: gateway().url, maxRetries: 0 });
  openAi = gateway().client();
});

const look = {
  name: "look",
  description: "Looks.",
  input_schema: { type: "object" as const, properties: { at: { type: "string" } }, required: ["at"] },
};
const parameters = { ...look.input_schema, additionalProperties: false };

describe.each(models)("Anthropic's SDK at %s", (upstream) => {
  const model = `my ${upstream}`;
  const ask = (content: string) => ({ model, max_tokens: 3_000, messages: [{ role: "user" as const, content }] });

  it.each([false, true])(
    "is billed as the provider bills, caches of both lifetimes included (streamed: %s)",
    async (stream) => {
      const mark = (ttl: "5m" | "1h") => ({ cache_control: { type: "ephemeral" as const, ttl } });
      const system = [
        { type: "text" as const, text: `Rules of ${upstream}, ${stream}.`, ...mark("1h") },
        { type: "text" as const, text: "More of them.", ...mark("5m") },
      ];
      for (const question of ["Hello there", "And again"]) {
        const request = { ...ask(question), system };
        const answer = stream
          ? await client.messages.stream(request).finalMessage()
          : await client.messages.create(request);
        expect(answer).toMatchObject({ model, stop_reason: "end_turn" });
        expectBilled();
      }
      const counts = gateway()
        .meter.settlements.slice(-2)
        .map(({ usage }) => usage.counts);
      expect(counts[0]?.inputCacheWrite1h).toBeGreaterThan(0);
      expect(counts[0]?.inputCacheWrite5m).toBeGreaterThan(0);
      expect(counts[1]?.inputCacheRead).toBe((counts[0]?.inputCacheWrite1h ?? 0) + (counts[0]?.inputCacheWrite5m ?? 0));
    },
  );

  it("edge case 07: thinks, calls a tool, and brings both back with its result", async () => {
    const thinking =
      upstream === "claude-haiku-4-5"
        ? { type: "enabled" as const, budget_tokens: 1_024 }
        : { type: "adaptive" as const, display: "summarized" as const };
    const request = { ...ask('[[fake: reasoning 5; tool look {"at":"Zürich"}]]'), thinking, tools: [look] };
    const first = await client.messages.stream(request).finalMessage();
    expectBilled();
    expect(first.content.map(({ type }) => type)).toEqual(["thinking", "tool_use"]);
    const call = first.content.find((block) => block.type === "tool_use");
    const result = { type: "tool_result" as const, tool_use_id: call?.id ?? "", content: "dark" };
    const messages = [
      ...request.messages,
      { role: "assistant" as const, content: first.content },
      { role: "user" as const, content: [result] },
    ];
    expect((await client.messages.create({ ...request, messages })).stop_reason).toBe("end_turn");
    expectBilled();
  });

  it("counts tokens as the provider does", async () => {
    const { max_tokens: _, ...prompt } = ask("How many are these?");
    const counted = await client.messages.countTokens(prompt);
    const answered = await client.messages.create(ask("How many are these?"));
    expect(counted.input_tokens).toBe(answered.usage.input_tokens);
  });
});

describe.each(models)("OpenAI's SDK at %s", (upstream) => {
  const model = `my ${upstream}`;
  const ask = (content: string) => ({ model, messages: [{ role: "user" as const, content }] });
  const tools = [{ type: "function" as const, function: { name: "look", parameters, strict: true } }];

  it.each(["none", "minimal", "low", "medium", "high", "xhigh"] as const)(
    "edge case 07: thinks with effort %s, calls a tool, and is understood when it brings the result",
    async (reasoning_effort) => {
      const request = { ...ask('[[fake: tool look {"at":"Zürich"}]]'), reasoning_effort, tools, temperature: 0.5 };
      const first = await openAi.chat.completions.create(request);
      expectBilled();
      const [choice] = first.choices;
      expect(choice?.finish_reason).toBe("tool_calls");
      const tool_calls = choice?.message.tool_calls ?? [];
      const messages = [
        ...request.messages,
        { role: "assistant" as const, content: null, tool_calls },
        ...tool_calls.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "dark" })),
      ];
      const next = await openAi.chat.completions.create({ ...request, messages });
      expect(next.choices[0]?.finish_reason).toBe("stop");
      expectBilled();
    },
  );

  it("edge case 16: is answered in a schema that holds what the provider cannot enforce", async () => {
    const schema = {
      type: "object",
      properties: {
        n: { type: "integer", minimum: 1, maximum: 5 },
        name: { type: "string", minLength: 2 },
        list: { type: "array", maxItems: 3, items: { type: "object", properties: {} } },
      },
    };
    const response_format = { type: "json_schema" as const, json_schema: { name: "answer", schema, strict: true } };
    const { data, response } = await openAi.chat.completions
      .create({ ...ask("Give me one."), response_format })
      .withResponse();
    expect(JSON.parse(data.choices[0]?.message.content ?? "")).toBeTypeOf("object");
    expect(response.headers.get("x-gateway-warnings")).toContain("response_format: ");
    expectBilled();
  });

  it("says what it likes in any order, and is understood", async () => {
    const messages = turnsInAnyOrder(" ");
    const answer = await openAi.chat.completions.create({
      model,
      messages,
      stop: [" "],
      seed: 1,
      top_p: 0.5,
      temperature: 2,
    });
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    expectBilled();
  });
});
