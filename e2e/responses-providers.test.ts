import { APIError, type OpenAI } from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { testCaller, type TestGateway } from "@llm-tuner/gateway/testing/test-gateway.ts";
import type { FakeProvider } from "./fakes/fake-provider.ts";
import { expectBilledBy } from "./support/billed.ts";
import { startGatewayAt, waysToProviders } from "./support/provider-ways.ts";

type Responses = OpenAI["responses"];
const model = "mine";
const weather = (): OpenAI.Responses.FunctionTool[] => [
  {
    type: "function",
    name: "get_weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
    strict: true,
  },
];

describe.each(waysToProviders)("responses of the official SDK at $adapter", (way) => {
  let fake: FakeProvider;
  let gateway: TestGateway;
  let responses: Responses;
  beforeAll(async () => {
    ({ fake, gateway } = await startGatewayAt(way, model));
    responses = gateway.client().responses;
  });
  afterEach(() => {
    fake.clear();
    gateway.responses.failSave = undefined;
  });
  afterAll(async () => {
    await gateway.close();
    await fake.close();
  });

  const expectBilled = () => expectBilledBy(fake, gateway, { operation: "responses" });

  it("answer whole and streamed alike, and are billed as the provider bills", async () => {
    const whole = await responses.create({ model, input: "Hello there", instructions: "Be short." });
    expectBilled();
    const streamed = await responses.stream({ model, input: "Hello there", instructions: "Be short." }).finalResponse();
    expectBilled();
    expect(whole.output_text).not.toBe("");
    expect(streamed.output_text).toBe(whole.output_text);
    expect([whole.model, streamed.model, whole.status, streamed.status]).toEqual([
      model,
      model,
      "completed",
      "completed",
    ]);
    expect(streamed.usage?.total_tokens).toBe(whole.usage?.total_tokens);
    expect(whole).toMatchObject({ store: false });
  });

  it("stream events whose numbers have no gap, and end with the whole response", async () => {
    const numbers: number[] = [];
    let last = "";
    for await (const event of await responses.create({ model, input: "Hello there", stream: true })) {
      numbers.push(event.sequence_number);
      last = event.type;
    }
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(last).toBe("response.completed");
  });

  it.each([false, true])("keep a turn with thoughts and tools going (streamed: %s)", async (isStreamed) => {
    const request = { model, tools: weather(), reasoning: { effort: "low" as const } };
    const input: OpenAI.Responses.ResponseInputItem[] = [{ role: "user", content: "Use get_weather" }];
    const first = isStreamed
      ? await responses.stream({ ...request, input }).finalResponse()
      : await responses.create({ ...request, input, include: ["reasoning.encrypted_content"] });
    expectBilled();
    const [call] = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
    if (call === undefined) throw new Error("no tool was called");
    const args = z.object({ city: z.string() }).parse(JSON.parse(call.arguments));
    const answered = { type: "function_call_output" as const, call_id: call.call_id, output: `21 in ${args.city}` };
    // What the parsing helper adds is not the dialect's.
    const output = first.output.map((item) => {
      const { parsed_arguments: _parsed, ...sent } = { parsed_arguments: null, ...item };
      // Whatever the API puts out it takes in again.
      return sent as OpenAI.Responses.ResponseInputItem;
    });
    const next = await responses.create({ ...request, input: [...input, ...output, answered] });
    expect(next.output_text).not.toBe("");
    expectBilled();
  });

  it("answer by a schema", async () => {
    const Weather = z.object({ city: z.string(), celsius: z.number() });
    const { output_parsed: parsed } = await responses.parse({
      model,
      input: "Weather in Köln",
      text: { format: zodTextFormat(Weather, "weather") },
    });
    expect(Weather.safeParse(parsed).success).toBe(true);
  });

  it("see a picture", async () => {
    const picture =
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const content: OpenAI.Responses.ResponseInputContent[] = [
      { type: "input_text", text: "What is this?" },
      { type: "input_image", image_url: picture, detail: "auto" },
    ];
    const answer = await responses.create({ model, input: [{ role: "user", content }] });
    expect(answer.output_text).not.toBe("");
    expect(JSON.stringify(fake.requests().at(-1)?.body)).toContain("iVBORw0KGgo");
  });

  it("continue what was stored, show it and forget it, each for its own account", async () => {
    const first = await responses.create({ model, input: "My name is Ada", store: true });
    expect(first).toMatchObject({ store: true });
    const second = await responses.create({ model, input: "Who am I?", previous_response_id: first.id, store: true });
    expect(second.previous_response_id).toBe(first.id);
    expect(JSON.stringify(fake.requests().at(-1)?.body)).toContain("My name is Ada");
    expect(JSON.stringify(fake.requests().at(-1)?.body)).toContain(first.output_text);
    expect((await responses.retrieve(second.id)).output_text).toBe(second.output_text);
    const input = [];
    for await (const item of responses.inputItems.list(second.id)) input.push(item);
    expect(input.at(0)).toMatchObject({ role: "user", content: "My name is Ada" });
    expect(input.at(-1)).toMatchObject({ role: "user", content: "Who am I?" });
    expect(JSON.stringify(input)).toContain(first.output_text);

    gateway.callers.set("another", { ...testCaller, accountId: "user_2" });
    const others = gateway.client({ apiKey: "another" }).responses;
    await expect(others.retrieve(first.id)).rejects.toMatchObject({ status: 404, code: "response_not_found" });
    const stolen = others.create({ model, input: "Who am I?", previous_response_id: first.id });
    await expect(stolen).rejects.toMatchObject({ status: 400, code: "previous_response_not_found" });
    await responses.delete(first.id);
    await expect(responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
  });

  it("keep a streamed response too, as its last event had it", async () => {
    const streamed = await responses.stream({ model, input: "Keep this", store: true }).finalResponse();
    expect((await responses.retrieve(streamed.id)).output_text).toBe(streamed.output_text);
    const unkept = await responses.create({ model, input: "Do not keep this" });
    await expect(responses.retrieve(unkept.id)).rejects.toMatchObject({ status: 404 });
  });

  it("are not withheld because they could not be kept, and say so", async () => {
    gateway.responses.failSave = new Error("disk full");
    const { data, response } = await responses.create({ model, input: "Keep this", store: true }).withResponse();
    expect(data.output_text).not.toBe("");
    expect(response.headers.get("x-gateway-warnings")).toContain("store");
  });

  it("tell errors with their real status, and those in mid-stream as an event", async () => {
    fake.plan({ error: { status: 429 } });
    const refused: unknown = await responses.create({ model, input: "x" }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(APIError);
    expect(refused).toMatchObject({ status: 429 });
    fake.plan({ truncate: { afterEvents: 4 } });
    const cut = responses.stream({ model, input: "A longer answer, please, of many words" }).finalResponse();
    await expect(cut).rejects.toBeInstanceOf(APIError);
    expect(gateway.meter.settlements.at(-1)).toMatchObject({ outcome: "failed" });
  });
});
