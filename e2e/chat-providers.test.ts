import { zodResponseFormat } from "openai/helpers/zod";
import { APIError, type OpenAI } from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { testCaller, type TestGateway } from "@llm-tuner/gateway/testing/test-gateway.ts";
import type { FakeProvider } from "./fakes/fake-provider.ts";
import { expectBilledBy } from "./support/billed.ts";
import { startGatewayAt, waysToProviders } from "./support/provider-ways.ts";

const model = "mine";

/** The function that was called, without what the SDK and the gateway add to it. */
const functionOf = (call: OpenAI.ChatCompletionMessageToolCall): { name: string; arguments: string } => {
  if (call.type !== "function") throw new Error("a tool of another type was called");
  return { name: call.function.name, arguments: call.function.arguments };
};
const ask = (content: string) => [{ role: "user" as const, content }];

describe.each(waysToProviders)("chat completions of the official SDK at $adapter", (way) => {
  let fake: FakeProvider;
  let gateway: TestGateway;
  beforeAll(async () => {
    ({ fake, gateway } = await startGatewayAt(way, model));
  });
  afterEach(() => fake.clear());
  afterAll(async () => {
    await gateway.close();
    await fake.close();
  });

  const expectBilled = () => expectBilledBy(fake, gateway);

  it("answer whole and streamed alike, and are billed as the provider bills", async () => {
    const chat = gateway.client().chat.completions;
    const whole = await chat.create({ model, messages: ask("Hello there") });
    expectBilled();
    const stream = chat.stream({ model, messages: ask("Hello there"), stream_options: { include_usage: true } });
    const streamed = await stream.finalChatCompletion();
    expectBilled();
    expect(whole.choices[0]?.message.content).toBeTruthy();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect([whole.model, streamed.model]).toEqual([model, model]);
    expect(streamed.usage?.total_tokens).toBe(whole.usage?.total_tokens);
    expect(whole.choices[0]?.finish_reason).toBe("stop");
  });

  it.each([false, true])("run tools, several in one turn (streamed: %s)", async (stream) => {
    const called: string[] = [];
    const tool = (name: string) => ({
      type: "function" as const,
      function: {
        name,
        description: `It is ${name}.`,
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
        parse: (text: string): { city: string } => z.object({ city: z.string() }).parse(JSON.parse(text)),
        function: ({ city }: { city: string }) => {
          called.push(`${name} ${typeof city}`);
          return `21 in ${city}`;
        },
      },
    });
    const request = {
      model,
      messages: ask("Use get_weather and get_time"),
      tools: [tool("get_weather"), tool("get_time")],
    };
    const chat = gateway.client().chat.completions;
    const runner = stream ? chat.runTools({ ...request, stream: true }) : chat.runTools(request);
    expect(await runner.finalContent()).toBeTruthy();
    expect(called.toSorted()).toEqual(["get_time string", "get_weather string"]);
    expectBilled();
  });

  it.each([false, true])("keep a turn with thoughts and tools going (streamed: %s)", async (stream) => {
    const chat = gateway.client().chat.completions;
    const tools = [
      {
        type: "function" as const,
        function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
      },
    ];
    const messages = ask("Use get_weather");
    const request = { model, messages, tools, reasoning_effort: "low" as const };
    const first = stream ? await chat.stream(request).finalChatCompletion() : await chat.create(request);
    const message = first.choices[0]?.message;
    const call = message?.tool_calls?.[0];
    if (message === undefined || call === undefined) throw new Error("no tool was called");
    // As most clients do it: only what the dialect knows goes back.
    const turn = {
      role: "assistant" as const,
      content: message.content,
      tool_calls: [{ id: call.id, type: "function" as const, function: functionOf(call) }],
    };
    const next = await chat.create({
      ...request,
      messages: [...messages, turn, { role: "tool", tool_call_id: call.id, content: "21" }],
    });
    expect(next.choices[0]?.message.content).toBeTruthy();
    expectBilled();
  });

  // Only these two sign.
  if (way.adapter === "anthropic" || way.adapter === "gemini") {
    it.each([false, true])(
      "edge case 07: let a client carry thoughts and signatures by itself (streamed: %s)",
      async (stream) => {
        // Thoughts are remembered by account, so that nothing is known of the first turn in the second.
        gateway.callers.set("another", { ...testCaller, accountId: "user_2" });
        const request = {
          model,
          messages: ask("Use get_weather"),
          tools: [{ type: "function" as const, function: { name: "get_weather", parameters: { type: "object" } } }],
          reasoning_effort: "low" as const,
        };
        const chat = gateway.client().chat.completions;
        const first = stream ? await chat.stream(request).finalChatCompletion() : await chat.create(request);
        const message = first.choices[0]?.message;
        const call = message?.tool_calls?.[0];
        if (message === undefined || call === undefined) throw new Error("no tool was called");
        const signatures = [...JSON.stringify(message).matchAll(/"(?:thought_)?signature":"([^"]+)"/g)];
        const next = await gateway.client({ apiKey: "another" }).chat.completions.create({
          ...request,
          messages: [...request.messages, message, { role: "tool", tool_call_id: call.id, content: "21" }],
        });
        expect(next.choices[0]?.message.content).toBeTruthy();
        expect(signatures).not.toHaveLength(0);
        const asked = JSON.stringify(fake.requests().at(-1)?.body);
        for (const [, signature = ""] of signatures) expect(asked).toContain(signature);
      },
    );
  }

  it("answer by a schema", async () => {
    const Weather = z.object({ city: z.string(), celsius: z.number() });
    const chat = gateway.client().chat.completions;
    const request = {
      model,
      messages: ask("Weather in Zürich"),
      response_format: zodResponseFormat(Weather, "weather"),
    };
    const whole = await chat.parse(request);
    expect(Weather.safeParse(whole.choices[0]?.message.parsed).success).toBe(true);
    const streamed = await chat.stream(request).finalChatCompletion();
    expect(streamed.choices[0]?.message.parsed).toEqual(whole.choices[0]?.message.parsed);
    expect(streamed.choices[0]?.finish_reason).toBe("stop");
  });

  it("show pictures", async () => {
    const url =
      "data:image/png;charset=utf-8;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const content = [
      { type: "text" as const, text: "What is it?" },
      { type: "image_url" as const, image_url: { url } },
    ];
    const answer = await gateway.client().chat.completions.create({ model, messages: [{ role: "user", content }] });
    expect(answer.choices[0]?.message.content).toBeTruthy();
    expectBilled();
  });

  it.each([
    [429, 429, "provider_rate_limited"],
    [500, 502, "provider_error"],
    [503, 503, "provider_overloaded"],
  ])("see a provider's %i as %i", async (status, seen, code) => {
    fake.plan({ error: { status } });
    const attempt = gateway.client().chat.completions.create({ model, messages: ask("Hello") });
    const error = await attempt.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: seen, code });
  });

  it("see a stream that breaks off as an error, never as an end", async () => {
    fake.plan({ truncate: { afterEvents: 3 } });
    const stream = await gateway
      .client()
      .chat.completions.create({ model, messages: ask("[[fake: words 40]]"), stream: true });
    const reading = (async () => {
      for await (const chunk of stream) expect(chunk.choices[0]?.finish_reason ?? null).toBeNull();
    })();
    await expect(reading).rejects.toMatchObject({ code: "provider_disconnected" });
  });
});
