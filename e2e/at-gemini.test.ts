import Anthropic from "@anthropic-ai/sdk";
import { testKey } from "@llm-tuner/gateway/testing/test-gateway.ts";
import type OpenAI from "openai";
import { APIError } from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { gatewayAtModels, turnsInAnyOrder } from "./support/provider-ways.ts";

/*
 * Both official SDKs at Google's models, of which the older think by tokens and the newer by words and check signatures. The
 * fake refuses what Google refuses, and its own counts are the oracle for what is metered.
 */

let client: OpenAI;
let anthropic: Anthropic;

const models = ["gemini-2.5-flash", "gemini-2.5-pro", "gemini-3-flash-preview", "gemini-3-pro-preview"];
const others = ["gemini-embedding-001", "imagen-4.0-generate-001", "gemini-2.5-flash-image"];

const { gateway, expectBilled } = gatewayAtModels("gemini", [...models, ...others]);
beforeAll(() => {
  client = gateway().client();
  anthropic = new Anthropic({ apiKey: testKey, baseURL: gateway().url, maxRetries: 0 });
});

const parameters = {
  type: "object" as const,
  properties: { at: { type: "string" }, how: { $ref: "#/$defs/How" } },
  required: ["at"],
  additionalProperties: false,
  $defs: { How: { type: ["string", "null"], pattern: "^a" } },
};
const tools = [{ type: "function" as const, function: { name: "look", parameters } }];

describe.each(models)("OpenAI's SDK at %s", (upstream) => {
  const model = `my ${upstream}`;
  const ask = (content: string) => ({ model, messages: [{ role: "user" as const, content }] });

  it.each(["none", "minimal", "low", "medium", "high", "xhigh"] as const)(
    "edge case 07: thinks with effort %s, calls two tools at once, and is understood when it brings the results",
    async (reasoning_effort) => {
      const directive = '[[fake: reasoning 5; tool look {"at":"Zürich"}; tool look {"at":"Köln"}]]';
      const request = { ...ask(directive), reasoning_effort, tools, temperature: 0.5, seed: 1 };
      const first = await client.chat.completions.create(request);
      expectBilled();
      const [choice] = first.choices;
      expect(choice?.finish_reason).toBe("tool_calls");
      // What a client without a notion of signatures sends back.
      const calls = (choice?.message.tool_calls ?? []).flatMap((call) =>
        call.type === "function" ? [{ id: call.id, type: call.type, function: call.function }] : [],
      );
      expect(calls).toHaveLength(2);
      const messages = [
        ...request.messages,
        { role: "assistant" as const, content: null, tool_calls: calls },
        ...calls.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "dark" })),
      ];
      const next = await client.chat.completions.create({ ...request, messages });
      expect(next.choices[0]?.finish_reason).toBe("stop");
      expectBilled();
    },
  );

  it("edge case 07: takes a call that another provider's model made", async () => {
    const call = { id: "toolu_1", type: "function" as const, function: { name: "look", arguments: "" } };
    const messages = [
      { role: "user" as const, content: "Look." },
      { role: "assistant" as const, content: null, tool_calls: [call] },
      { role: "tool" as const, tool_call_id: "toolu_1", content: "dark" },
    ];
    expect((await client.chat.completions.create({ model, messages, tools })).choices[0]?.finish_reason).toBe("stop");
    expectBilled();
  });

  it.each([
    ["edge case 09: with usage on every chunk", "usage everyChunk"],
    ["edge case 11: with every way of framing", "crlf; bom; comments; no-last-blank-line"],
    ["edge case 11: byte by byte", "split bytes"],
    ["edge case 12: with a huge line", "huge-line 300000"],
    ["with thoughts", "reasoning 4"],
  ])("%s, streams a text to its end", async (_what, directive) => {
    const stream = client.chat.completions.stream({
      ...ask(`[[fake: text Grün ist die Farbe.; ${directive}]]`),
      stream_options: { include_usage: true },
    });
    const whole = await stream.finalChatCompletion();
    expect(whole.choices[0]?.message.content).toContain("Grün ist die Farbe.");
    expectBilled();
    const { counts } = gateway().meter.settlements.at(-1)?.usage ?? {};
    expect(whole.usage?.completion_tokens).toBe((counts?.outputText ?? 0) + (counts?.outputReasoning ?? 0));
  });

  it("streams a call of a tool", async () => {
    const request = { ...ask('[[fake: tool look {"at":"Zürich"}]]'), tools };
    const whole = await client.chat.completions.stream(request).finalChatCompletion();
    const [call] = whole.choices[0]?.message.tool_calls ?? [];
    expect(call?.type === "function" ? JSON.parse(call.function.arguments) : undefined).toEqual({ at: "Zürich" });
    expectBilled();
  });

  it("edge case 16: is answered in a schema that holds what Google does not know, and told what was left out", async () => {
    const schema = {
      type: "object",
      properties: { colour: { const: "green" }, shade: { type: "string", minLength: 2 }, next: { $ref: "#" } },
      required: ["colour"],
    };
    const { data, response } = await client.chat.completions
      .create({ ...ask("Which?"), response_format: { type: "json_schema", json_schema: { name: "answer", schema } } })
      .withResponse();
    expect(JSON.parse(data.choices[0]?.message.content ?? "")).toBeTypeOf("object");
    expect(response.headers.get("x-gateway-warnings")).toContain("minLength");
    expectBilled();
  });

  it("says what it likes in any order, and is understood", async () => {
    const messages = turnsInAnyOrder("");
    const wishes = { stop: [" nothing "], seed: 1, top_p: 0.5, temperature: 2, presence_penalty: 0.1, user: "u" };
    const answer = await client.chat.completions.create({ model, messages, ...wishes });
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    expectBilled();
  });

  it("hears that its prompt was blocked", async () => {
    const answer = await client.chat.completions.create(ask("[[fake: blocked SAFETY]]"));
    expect(answer.choices[0]).toMatchObject({ finish_reason: "content_filter" });
    expect(answer.choices[0]?.message.refusal).toContain("SAFETY");
  });

  it.each([
    [400, 400, "invalid_request"],
    [401, 502, "provider_rejected_credentials"],
    [403, 502, "provider_rejected_credentials"],
    [429, 429, "provider_rate_limited"],
    [500, 502, "provider_error"],
    [503, 503, "provider_overloaded"],
  ])("hears of an error %i as %i %s", async (status, told, code) => {
    const error = await client.chat.completions
      .create(ask(`[[fake: error ${status}; retry-after 3]]`))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: told, code });
  });

  it.each(["html", "text", "empty", "array"])("edge case 22: hears of an error whose body is %s", async (body) => {
    const error = await client.chat.completions
      .create(ask(`[[fake: error 503; body ${body}]]`))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 503, code: "provider_overloaded" });
  });

  it("edge case 03: hears of a stream that is cut, and of an error within it, and never of an end", async () => {
    for (const directive of ["truncate 2 reset", "truncate 2 end", "error-event 2 UNAVAILABLE"]) {
      const stream = client.chat.completions.stream(ask(`[[fake: words 30; ${directive}]]`));
      await expect(stream.finalContent()).rejects.toBeInstanceOf(APIError);
    }
  });
});

describe.each(models)("Anthropic's SDK at %s", (upstream) => {
  it("edge case 07: thinks, calls a tool, and is understood when it brings the result", async () => {
    const request = {
      model: `my ${upstream}`,
      max_tokens: 3_000,
      thinking: { type: "enabled" as const, budget_tokens: 1_024 },
      tools: [{ name: "look", input_schema: parameters }],
      messages: [{ role: "user" as const, content: '[[fake: reasoning 5; tool look {"at":"Zürich"}]]' }],
    };
    const first = await anthropic.messages.stream(request).finalMessage();
    expect(first.stop_reason).toBe("tool_use");
    expectBilled();
    const call = first.content.find((block) => block.type === "tool_use");
    const result = { type: "tool_result" as const, tool_use_id: call?.id ?? "", content: "dark" };
    const messages = [
      ...request.messages,
      { role: "assistant" as const, content: first.content },
      { role: "user" as const, content: [result] },
    ];
    expect((await anthropic.messages.create({ ...request, messages })).stop_reason).toBe("end_turn");
    expectBilled();
  });
});

describe("what is not text", () => {
  const picture = new File([Uint8Array.of(0x89, 0x50, 0x4e, 0x47)], "a.png", { type: "image/png" });

  it("is looked at", async () => {
    const content = [
      { type: "text" as const, text: "What is this?" },
      { type: "image_url" as const, image_url: { url: "data:image/png;charset=utf-8;base64,iVBORw==" } },
    ];
    await client.chat.completions.create({ model: "my gemini-2.5-flash", messages: [{ role: "user", content }] });
    expectBilled();
    expect(gateway().meter.settlements.at(-1)?.usage.counts.inputImage).toBeGreaterThan(0);
  });

  it("is drawn and changed by Gemini", async () => {
    const model = "my gemini-2.5-flash-image";
    const drawn = await client.images.generate({ model, prompt: "A tree", size: "1536x1024" });
    expect(drawn.data?.[0]?.b64_json).toBeTypeOf("string");
    expect(gateway().meter.settlements.at(-1)?.usage.counts.outputImage).toBe(1_290);
    await client.images.edit({ model, prompt: "Greener", image: picture });
    expect(gateway().meter.settlements.at(-1)?.usage.counts.inputImage).toBeGreaterThan(0);
  });

  it("is drawn by Imagen, and billed by the piece", async () => {
    const model = "my imagen-4.0-generate-001";
    const drawn = await client.images.generate({ model, prompt: "A tree", n: 3 });
    expect(drawn.data).toHaveLength(3);
    expectBilled();
    const refused = client.images.generate({ model, prompt: "[[fake: refusal Unsafe.]]" });
    await expect(refused).rejects.toMatchObject({ status: 400, code: "moderation_blocked" });
  });

  it("is a vector for each text", async () => {
    const model = "my gemini-embedding-001";
    const { data } = await client.embeddings.create({ model, input: ["one two", "three"], dimensions: 8 });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
    expectBilled();
  });
});
