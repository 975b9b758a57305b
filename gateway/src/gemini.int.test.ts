import { type OpenAI, RateLimitError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noUsage } from "./meter/usage.ts";
import { event, jsonAnswer, sends } from "./testing/fake-upstream.ts";
import { startTestGateway, type TestGateway } from "./testing/test-gateway.ts";

let test: TestGateway;
let client: OpenAI;
beforeAll(async () => {
  test = await startTestGateway();
  client = test.client();
  const route = test.routeTo(undefined, { adapter: "gemini", upstreamModel: "gemini-3.5-flash" });
  test.plans.set("flash", { steps: [[{ route, weight: 1 }]] });
});
afterAll(() => test.close());

const tools: OpenAI.Chat.ChatCompletionTool[] = [
  {
    type: "function",
    function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
  },
];
const question = { role: "user" as const, content: "Weather in Köln and Bonn?" };
const part = (text: string) => ({ content: { role: "model", parts: [{ text }] } });
const usageMetadata = { promptTokenCount: 8, candidatesTokenCount: 3, thoughtsTokenCount: 5 };

describe("Gemini for OpenAI's SDK", () => {
  it("chats, and counts thoughts among the output", async () => {
    test.upstream.plan(jsonAnswer({ candidates: [{ ...part("Green."), finishReason: "STOP" }], usageMetadata }));
    const answer = await client.chat.completions.create({
      model: "flash",
      messages: [{ role: "system", content: "Be brief." }, question],
      max_tokens: 50,
    });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "Green." } });
    expect(answer.usage).toMatchObject({
      prompt_tokens: 8,
      completion_tokens: 8,
      completion_tokens_details: { reasoning_tokens: 5 },
    });
    expect(test.upstream.requests.at(-1)).toMatchObject({
      path: "/v1beta/models/gemini-3.5-flash:generateContent",
      body: {
        systemInstruction: { parts: [{ text: "Be brief." }] },
        contents: [{ role: "user", parts: [{ text: question.content }] }],
        generationConfig: { maxOutputTokens: 50 },
      },
    });
    expect(test.meter.settlements.at(-1)?.usage).toEqual({
      counts: { ...noUsage, inputUncached: 8, outputText: 3, outputReasoning: 5 },
      source: "reported",
    });
  });

  it("streams, with the usage of the last chunk", async () => {
    test.upstream.plan({
      steps: sends(
        event({ candidates: [part("Gr")], usageMetadata: { promptTokenCount: 8, candidatesTokenCount: 1 } }),
        event({ candidates: [{ ...part("een."), finishReason: "STOP" }], usageMetadata }),
      ),
    });
    const stream = client.chat.completions.stream({ model: "flash", messages: [question] });
    expect(await stream.finalContent()).toBe("Green.");
    expect(test.meter.settlements.at(-1)).toMatchObject({
      outcome: "completed",
      usage: { counts: { inputUncached: 8, outputText: 3, outputReasoning: 5 }, source: "reported" },
    });
  });

  it("edge case 07: gets its signature back from a client that knows nothing of it, on the first of two calls", async () => {
    const calls = [
      { functionCall: { name: "weather", args: { city: "Köln" } }, thoughtSignature: "c2ln" },
      { functionCall: { name: "weather", args: { city: "Bonn" } } },
    ];
    test.upstream.plan(
      { steps: sends(event({ candidates: [{ content: { parts: calls }, finishReason: "STOP" }], usageMetadata })) },
      jsonAnswer({ candidates: [{ ...part("Rain."), finishReason: "STOP" }], usageMetadata }),
    );
    const asked = await client.chat.completions
      .stream({ model: "flash", messages: [question], tools })
      .finalChatCompletion();
    const [choice] = asked.choices;
    expect(choice?.finish_reason).toBe("tool_calls");
    // What a client without a notion of signatures keeps of the calls.
    const kept = (choice?.message.tool_calls ?? []).map((call) => ({
      id: call.id,
      type: "function" as const,
      function: call.type === "function" ? { name: call.function.name, arguments: call.function.arguments } : undefined,
    }));
    expect(kept).toHaveLength(2);
    const answered = await client.chat.completions.create({
      model: "flash",
      tools,
      messages: [
        question,
        {
          role: "assistant",
          content: null,
          tool_calls: kept.flatMap(({ function: named, ...call }) =>
            named === undefined ? [] : [{ ...call, function: named }],
          ),
        },
        ...kept.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "rain" })),
      ],
    });
    expect(answered.choices[0]?.message.content).toBe("Rain.");
    expect(test.upstream.requests.at(-1)?.body["contents"]).toMatchObject([
      {},
      {
        role: "model",
        parts: [
          { functionCall: { id: kept[0]?.id, args: { city: "Köln" } }, thoughtSignature: "c2ln" },
          { functionCall: { id: kept[1]?.id, args: { city: "Bonn" } } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: kept[0]?.id, name: "weather", response: { output: "rain" } } },
          { functionResponse: { id: kept[1]?.id, name: "weather" } },
        ],
      },
    ]);
    expect(JSON.stringify(test.upstream.requests.at(-1)?.body)).not.toContain("skip_thought_signature_validator");
  });

  it("waits as long as Google says", async () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "2.5s" }];
    const quota = { code: 429, status: "RESOURCE_EXHAUSTED", message: "quota", details };
    test.upstream.plan(jsonAnswer([{ error: quota }], 429));
    const error = await client.chat.completions
      .create({ model: "flash", messages: [question] })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: "provider_rate_limited" });
    expect(error instanceof RateLimitError ? error.headers?.get("retry-after") : undefined).toBe("3");
  });

  it("breaks off with an error when the stream ends before its reason", async () => {
    test.upstream.plan({ steps: sends(event({ candidates: [part("Gr")] })) });
    const stream = await client.chat.completions.create({ model: "flash", messages: [question], stream: true });
    const reading = (async () => {
      for await (const chunk of stream) expect(chunk.choices.length).toBeGreaterThanOrEqual(0);
    })();
    await expect(reading).rejects.toThrow("broke off");
    expect(test.meter.settlements.at(-1)).toMatchObject({ outcome: "failed", usage: { source: "partial" } });
  });

  const lookAt = (url: string) =>
    client.chat.completions.create({
      model: "flash",
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
    });

  it("is given the bytes of a picture that was named by its address", async () => {
    test.media.set("https://example.com/a.png", { mediaType: "image/png", data: Uint8Array.of(0, 255, 16) });
    test.upstream.plan(jsonAnswer({ candidates: [{ ...part("A tree."), finishReason: "STOP" }], usageMetadata }));
    await lookAt("https://example.com/a.png");
    expect(test.upstream.requests.at(-1)?.body["contents"]).toEqual([
      { role: "user", parts: [{ inlineData: { mimeType: "image/png", data: "AP8Q" } }] },
    ]);
  });

  it("is asked nothing when a picture cannot be had, and nothing is billed", async () => {
    const asked = test.upstream.requests.length;
    await expect(lookAt("https://example.com/gone.png")).rejects.toMatchObject({
      status: 400,
      code: "media_not_fetched",
    });
    expect(test.upstream.requests).toHaveLength(asked);
    expect(test.meter.settlements.at(-1)).toMatchObject({ outcome: "failed", usage: { counts: noUsage } });
  });

  it("turns texts into vectors", async () => {
    test.upstream.plan(jsonAnswer({ embeddings: [{ values: [0.5, -0.25] }] }));
    // The SDK asks for base64 by itself and decodes it.
    const { data } = await client.embeddings.create({ model: "flash", input: "green" });
    expect(data[0]?.embedding).toEqual([0.5, -0.25]);
    expect(test.upstream.requests.at(-1)?.path).toBe("/v1beta/models/gemini-3.5-flash:batchEmbedContents");
  });
});
