import OpenAI, { NotFoundError } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lastEndedCall } from "../fake-calls.ts";
import type { FakeProvider } from "../fake-provider.ts";
import { countTokens } from "../tokens.ts";
import { startFakeOpenAi } from "./openai.ts";

let fake: FakeProvider;
let client: OpenAI;

beforeAll(async () => {
  fake = await startFakeOpenAi();
  client = new OpenAI({ apiKey: fake.apiKey, baseURL: `${fake.origin}/v1`, maxRetries: 0 });
});
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const lastCall = () => lastEndedCall(fake);
const tool = {
  type: "function" as const,
  name: "get_weather",
  strict: true,
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};
const model = "gpt-5";

describe("responses of the fake, by the official SDK", () => {
  it("answers the same whole and streamed, with all events in order and numbered", async () => {
    const params = {
      model,
      input: "Hello there",
      instructions: "Be short.",
      reasoning: { effort: "low", summary: "auto" },
    } as const;
    const whole = await client.responses.create(params);
    expect(whole.usage).toMatchObject({
      input_tokens: 5 + 5,
      output_tokens: countTokens(whole.output_text) + 8,
      output_tokens_details: { reasoning_tokens: 8 },
    });
    const stream = client.responses.stream(params);
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    expect(events.map((event) => ("sequence_number" in event ? event.sequence_number : -1))).toEqual(
      events.map((_, at) => at),
    );
    expect(events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1])).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.reasoning_summary_part.added",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.done",
      "response.reasoning_summary_part.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect((await stream.finalResponse()).output_text).toBe(whole.output_text);
    expect(lastCall()).toMatchObject({ usageReported: true, usage: { inputUncached: 10, outputReasoning: 8 } });
    expect(
      await client.responses.inputTokens.count({ model, input: "Hello there", instructions: "Be short." }),
    ).toMatchObject({ input_tokens: 10 });
  });

  it("calls tools, and wants reasoning and calls back together", async () => {
    const first = await client.responses.create({
      model,
      input: "Use get_weather",
      tools: [tool],
      store: false,
      include: ["reasoning.encrypted_content"],
    });
    const [reasoning, call] = first.output;
    if (call?.type !== "function_call" || reasoning?.type !== "reasoning") throw new Error("no call");
    expect(JSON.parse(call.arguments)).toEqual({ city: expect.any(String) });
    const output = { type: "function_call_output" as const, call_id: call.call_id, output: "12" };
    const next = (...items: OpenAI.Responses.ResponseInputItem[]) =>
      client.responses.create({
        model,
        tools: [tool],
        store: false,
        input: [{ role: "user", content: "Use get_weather" }, ...items],
      });
    expect((await next(reasoning, call, output)).output_text).not.toBe("");
    await expect(next(call, output)).rejects.toThrow(/without its required 'reasoning' item/);
    await expect(next(reasoning)).rejects.toThrow(/without its required following item/);
    await expect(next({ ...reasoning, encrypted_content: null }, call, output)).rejects.toThrow(
      /Items are not persisted/,
    );
    await expect(next({ ...reasoning, encrypted_content: "x" }, call, output)).rejects.toThrow(/could not be verified/);
    await expect(next(reasoning, call)).rejects.toThrow(/No tool output found/);
    await expect(next(output)).rejects.toThrow(/No tool call found/);
    const streamed = await client.responses.stream({ model, input: "Use get_weather", tools: [tool] }).finalResponse();
    expect(streamed.output.map(({ type }) => type)).toEqual(["reasoning", "function_call"]);
    const stored = await client.responses.create({
      model,
      previous_response_id: streamed.id,
      tools: [tool],
      input: [{ ...output, call_id: String(Reflect.get(streamed.output[1] ?? {}, "call_id")) }],
    });
    expect(stored.status).toBe("completed");
  });

  it("stores, goes on from, lists and deletes", async () => {
    const first = await client.responses.create({ model, input: "one two" });
    const second = await client.responses.create({ model, input: "three", previous_response_id: first.id });
    expect(second.usage?.input_tokens).toBe(5 + 3 + countTokens(first.output_text) + 4);
    expect((await client.responses.retrieve(second.id)).output_text).toBe(second.output_text);
    const items = await Array.fromAsync(
      client.responses.inputItems.list(second.id, { order: "asc", limit: 2 }),
      ({ type }) => type,
    );
    expect(items).toEqual(["message", "reasoning", "message", "message"]);
    await client.responses.delete(first.id);
    await expect(client.responses.retrieve(first.id)).rejects.toBeInstanceOf(NotFoundError);
    await expect(client.responses.create({ model, input: "a", previous_response_id: first.id })).rejects.toMatchObject({
      code: "previous_response_not_found",
    });
    const unstored = await client.responses.create({ model, input: "a", store: false });
    await expect(client.responses.retrieve(unstored.id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it("ends as incomplete, failed or refused, and draws", async () => {
    const short = await client.responses.create({
      model: "gpt-4.1",
      input: "[[fake: words 30]]",
      max_output_tokens: 16,
    });
    expect(short).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
    const failed = await Array.fromAsync(
      await client.responses.create({ model, input: "[[fake: failure server_error]]", stream: true }),
    );
    expect(failed.at(-1)).toMatchObject({
      type: "response.failed",
      response: { error: { code: "server_error" }, usage: null },
    });
    expect(lastCall().usage.inputUncached).toBe(0);
    const refused = await client.responses.stream({ model, input: "[[fake: refusal]]" }).finalResponse();
    expect(refused.output.at(-1)).toMatchObject({ content: [{ type: "refusal" }] });
    const drawn = await Array.fromAsync(
      await client.responses.create({
        model,
        input: "[[fake: image]]",
        tools: [{ type: "image_generation" }],
        stream: true,
      }),
    );
    expect(drawn.map(({ type }) => type)).toContain("response.image_generation_call.partial_image");
    expect(lastCall().usage.images).toBe(1);
    const json = await client.responses.create({
      model,
      input: "a",
      text: { format: { type: "json_schema", name: "a", strict: true, schema: tool.parameters } },
    });
    expect(Object.keys(JSON.parse(json.output_text))).toEqual(["city"]);
  });

  it("refuses as the API does", async () => {
    const refuses = (more: object, error: object) =>
      expect(client.responses.create({ model, input: "a", ...more })).rejects.toMatchObject(error);
    await refuses({ messages: [] }, { status: 400, code: "unknown_parameter", param: "messages" });
    await refuses({ temperature: 0.5 }, { code: "unsupported_parameter", param: "temperature" });
    await refuses({ model: "gpt-4.1", reasoning: { effort: "low" } }, { code: "unsupported_parameter" });
    await refuses({ input: [] }, { code: "missing_required_parameter" });
    await refuses(
      { input: [{ role: "user", content: [{ type: "input_text", text: "a", foo: 1 }] }] },
      { param: "input[0].content[0].foo" },
    );
    await refuses({ max_output_tokens: 3 }, { status: 400, param: "max_output_tokens" });
  });
});
