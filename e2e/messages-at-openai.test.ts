import Anthropic from "@anthropic-ai/sdk";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, testKey, type TestGateway } from "@llm-tuner/gateway/testing/test-gateway.ts";
import type { FakeProvider } from "./fakes/fake-provider.ts";
import { startFakeOpenAi } from "./fakes/openai/openai.ts";
import { expectBilledBy } from "./support/billed.ts";

const model = "mine";
const ask = (content: string) => ({ model, max_tokens: 500, messages: [{ role: "user" as const, content }] });
const tool = (name: string) => ({
  name,
  description: `It is ${name}.`,
  input_schema: { type: "object" as const, properties: { city: { type: "string" } }, required: ["city"] },
});

describe.each(["openai", "openai-compatible"] as const)("messages of Anthropic's SDK at %s", (adapter) => {
  let fake: FakeProvider;
  let gateway: TestGateway;
  let client: Anthropic;
  beforeAll(async () => {
    fake = await startFakeOpenAi();
    gateway = await startTestGateway();
    const origin = new URL(fake.origin);
    const headers = { authorization: `Bearer ${fake.apiKey}` };
    // The model of a compatible server takes the older name of the bound.
    const upstreamModel = adapter === "openai" ? "gpt-5.1" : "gpt-4.1";
    const acquire = async () => ({ origin, headers, release: () => undefined });
    const route = gateway.routeTo(origin, { adapter, upstreamModel, acquire });
    gateway.plans.set(model, { steps: [[{ route, weight: 1 }]] });
    client = new Anthropic({ apiKey: testKey, baseURL: gateway.url, maxRetries: 0 });
  });
  afterEach(() => fake.clear());
  afterAll(async () => {
    await gateway.close();
    await fake.close();
  });

  const expectBilled = () => expectBilledBy(fake, gateway, { operation: "messages" });

  it("answer whole and streamed alike, and are billed as the provider bills", async () => {
    const request = { ...ask("Hello there"), system: "Be short." };
    const whole = await client.messages.create(request);
    expectBilled();
    const streamed = await client.messages.stream(request).finalMessage();
    expectBilled();
    const [block] = whole.content;
    expect(block?.type === "text" && block.text).toBeTruthy();
    expect(streamed.content).toEqual(whole.content);
    expect([whole.stop_reason, streamed.stop_reason]).toEqual(["end_turn", "end_turn"]);
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
    expect([whole.model, streamed.model]).toEqual([model, model]);
  });

  it.each([false, true])("call several tools in one turn and take their results (streamed: %s)", async (stream) => {
    const request = { ...ask("Use get_weather and get_time"), tools: [tool("get_weather"), tool("get_time")] };
    const first = stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
    expect(first.stop_reason).toBe("tool_use");
    const calls = first.content.flatMap((block) => (block.type === "tool_use" ? [block] : []));
    expect(calls.map(({ name }) => name)).toEqual(["get_weather", "get_time"]);
    for (const { input } of calls) expect(input).toEqual({ city: expect.any(String) });
    const results = calls.map(({ id }) => ({ type: "tool_result" as const, tool_use_id: id, content: "21" }));
    const next = await client.messages.create({
      ...request,
      messages: [
        ...request.messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [...results, { type: "text", text: "Thanks." }] },
      ],
    });
    expect(next.stop_reason).toBe("end_turn");
    expectBilled();
  });

  it("edge case 05: take a call without arguments", async () => {
    const request = { ...ask("[[fake: tool get_time]]"), tools: [{ name: "get_time", input_schema: { type: "object" as const } }] }; // prettier-ignore
    for (const message of [
      await client.messages.create(request),
      await client.messages.stream(request).finalMessage(),
    ]) {
      expect(message.content.at(-1)).toMatchObject({ type: "tool_use", name: "get_time", input: {} });
    }
  });

  it("show pictures, by their bytes", async () => {
    const data = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const image = {
      type: "image" as const,
      source: { type: "base64" as const, media_type: "image/png" as const, data },
    };
    const content = [image, { type: "text" as const, text: "What is it?" }];
    const answer = await client.messages.create({ ...ask(""), messages: [{ role: "user", content }] });
    expect(answer.stop_reason).toBe("end_turn");
    expectBilled();
  });

  it("end where the tokens end", async () => {
    const cut = await client.messages.create({ ...ask("[[fake: words 60]]"), max_tokens: 20 });
    expect(cut.stop_reason).toBe("max_tokens");
  });

  it("edge case 25: tell what cannot be carried, and refuse it to a strict caller", async () => {
    const request = { ...ask("Hello"), metadata: { user_id: "u" }, service_tier: "auto" as const };
    const marked = {
      ...request,
      system: [{ type: "text" as const, text: "Be short.", cache_control: { type: "ephemeral" as const } }],
    };
    const { response } = await client.messages.create(marked).withResponse();
    expect(response.headers.get("x-gateway-warnings")).toContain("cache_control");
    const strict = client.messages.create(marked, { headers: { "x-gateway-strict": "true" } });
    await expect(strict).rejects.toMatchObject({ status: 400 });
  });
});
