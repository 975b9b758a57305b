import {
  ApiError,
  FinishReason,
  FunctionCallingConfigMode,
  GoogleGenAI,
  Type,
  type Content,
  type Part,
} from "@google/genai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lastEndedCall } from "../fake-calls.ts";
import type { FakeProvider } from "../fake-provider.ts";
import { countTokens } from "../tokens.ts";
import { startFakeGemini } from "./gemini.ts";

let fake: FakeProvider;
let client: GoogleGenAI;

beforeAll(async () => {
  fake = await startFakeGemini();
  client = new GoogleGenAI({ apiKey: fake.apiKey, httpOptions: { baseUrl: fake.origin } });
});
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const model = "gemini-3-flash-preview";
const say = (contents: string) => ({ model, contents });
const lastCall = () => lastEndedCall(fake);
const post = (path: string, body: unknown, key = fake.apiKey) =>
  fetch(`${fake.origin}/v1beta/${path}`, {
    method: "POST",
    headers: { "x-goog-api-key": key },
    body: JSON.stringify(body),
  });
const user = (text: string): Content => ({ role: "user", parts: [{ text }] });
const declarations = ["get_weather", "get_time"].map((name) => ({
  name,
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } },
}));

describe("generateContent of the fake, by the official SDK", () => {
  it("answers the same whole and streamed; usage grows from chunk to chunk", async () => {
    const whole = await client.models.generateContent(say("Hello there"));
    const text = whole.text ?? "";
    expect(whole.usageMetadata).toMatchObject({
      promptTokenCount: 5,
      candidatesTokenCount: countTokens(text),
      thoughtsTokenCount: 16,
      totalTokenCount: 5 + countTokens(text) + 16,
    });
    const chunks = await Array.fromAsync(await client.models.generateContentStream(say("Hello there")));
    expect(chunks.map((chunk) => chunk.text ?? "").join("")).toBe(text);
    const counts = chunks.map(({ usageMetadata }) => usageMetadata?.candidatesTokenCount ?? -1);
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    expect(chunks.at(-1)?.candidates?.[0]).toMatchObject({
      finishReason: FinishReason.STOP,
      content: { parts: [{ thoughtSignature: expect.any(String) }] },
    });
    expect(lastCall()).toMatchObject({
      stream: true,
      usageReported: true,
      usage: { outputText: countTokens(text), outputReasoning: 16 },
    });
    expect((await client.models.countTokens(say("Hello there"))).totalTokens).toBe(5);
  });

  it("streams an array where nobody asks for events, and wraps its errors alike", async () => {
    const body = { contents: [user("Hello there")] };
    const array = await (await post(`models/${model}:streamGenerateContent`, body)).json();
    expect(array).toBeInstanceOf(Array);
    expect(array).toHaveLength(
      (await Array.fromAsync(await client.models.generateContentStream(say("Hello there")))).length,
    );
    const refused = await (await post(`models/${model}:streamGenerateContent`, { foo: 1 })).json();
    expect(refused).toMatchObject([{ error: { status: "INVALID_ARGUMENT" } }]);
  });

  it("shows thoughts, calls functions side by side, and wants the first signature back", async () => {
    const config = { tools: [{ functionDeclarations: declarations }], thinkingConfig: { includeThoughts: true } };
    const first = await client.models.generateContent({
      model,
      contents: [user("Use get_weather and get_time")],
      config,
    });
    const parts = first.candidates?.[0]?.content?.parts ?? [];
    expect(parts[0]).toMatchObject({ thought: true });
    expect(parts.slice(1).map((part) => [part.functionCall?.name, part.thoughtSignature !== undefined])).toEqual([
      ["get_weather", true],
      ["get_time", false],
    ]);
    const results = {
      role: "user",
      parts: ["get_weather", "get_time"].map((name) => ({ functionResponse: { name, response: { a: 1 } } })),
    };
    const next = (model_: Content["parts"] = [], last = results) =>
      client.models.generateContent({
        model,
        config,
        contents: [user("Use get_weather and get_time"), { role: "model", parts: model_ }, last],
      });
    expect((await next(parts)).text).not.toBe("");
    const unsigned = parts.flatMap(({ functionCall }): Part[] => (functionCall ? [{ functionCall }] : []));
    await expect(next(unsigned)).rejects.toThrow(/missing a thought_signature/);
    const skipped = unsigned.map((part) =>
      part.functionCall?.name === "get_weather"
        ? { ...part, thoughtSignature: "skip_thought_signature_validator" }
        : part,
    );
    expect((await next(skipped)).text).not.toBe("");
    const corrupted = unsigned.map((part) => (part.functionCall ? { ...part, thoughtSignature: "AAAA" } : part));
    await expect(next(corrupted)).rejects.toThrow(/Corrupted thought signature/);
    await expect(next(parts, { ...results, parts: results.parts.slice(1) })).rejects.toThrow(
      /number of function response parts/,
    );
    await expect(next([{ text: "no call" }])).rejects.toThrow(/immediately after a function call turn/);
  });

  it("takes schemas of its own kind and JSON Schema in the field for it", async () => {
    const json = (config: object) =>
      client.models.generateContent({ ...say("Answer"), config: { responseMimeType: "application/json", ...config } });
    const own = await json({ responseSchema: { type: Type.OBJECT, properties: { a: { type: Type.INTEGER } } } });
    expect(JSON.parse(own.text ?? "")).toEqual({ a: 1 });
    const schema = {
      $defs: { n: { const: 5 } },
      type: "object",
      properties: { n: { $ref: "#/$defs/n" } },
      additionalProperties: false,
    };
    expect(JSON.parse((await json({ responseJsonSchema: schema })).text ?? "")).toEqual({ n: 5 });
    const parameters = (more: object) => ({
      contents: [user("a")],
      tools: [
        {
          functionDeclarations: [
            { name: "f", parameters: { type: "object", properties: { a: { type: "string" } }, ...more } },
          ],
        },
      ],
    });
    for (const more of [{ $ref: "#/x" }, { const: 1 }, { additionalProperties: false }, { oneOf: [] }]) {
      const response = await post(`models/${model}:generateContent`, parameters(more));
      expect(await response.json()).toMatchObject({
        error: {
          code: 400,
          message: expect.stringContaining(
            `Unknown name "${Object.keys(more)[0]}" at 'tools[0].function_declarations[0].parameters'`,
          ),
        },
      });
    }
    expect((await post(`models/${model}:generateContent`, parameters({}))).status).toBe(200);
  });

  it("counts pictures, sounds and kept contents apart", async () => {
    const contents = [
      {
        role: "user",
        parts: [
          { text: "What?" },
          { inlineData: { mimeType: "image/png", data: "aaaa" } },
          { inlineData: { mimeType: "audio/wav", data: "aaaa" } },
        ],
      },
    ];
    const answer = await client.models.generateContent({
      model,
      contents,
      config: { cachedContent: "cachedContents/book-40" },
    });
    expect(answer.usageMetadata).toMatchObject({ promptTokenCount: 4 + 100 + 50 + 40, cachedContentTokenCount: 40 });
    expect(lastCall().usage).toMatchObject({ inputUncached: 4, inputImage: 100, inputAudio: 50, inputCacheRead: 40 });
    const drawn = await client.models.generateContent({
      ...say("Draw"),
      model: "gemini-2.5-flash-image",
      config: { responseModalities: ["TEXT", "IMAGE"] },
    });
    expect(drawn.candidates?.[0]?.content?.parts?.at(-1)?.inlineData?.mimeType).toBe("image/png");
    expect(lastCall().usage).toMatchObject({ outputImage: 1290, images: 1 });
  });

  it("blocks prompts, breaks off for safety and malformed calls, and stops at the most tokens", async () => {
    const blocked = await client.models.generateContent(say("[[fake: blocked PROHIBITED_CONTENT]]"));
    expect(blocked.promptFeedback?.blockReason).toBe("PROHIBITED_CONTENT");
    expect(blocked.candidates).toBeUndefined();
    const finish = async (prompt: string, config = {}) =>
      (await client.models.generateContent({ ...say(prompt), config })).candidates?.[0];
    expect(await finish("[[fake: finish MALFORMED_FUNCTION_CALL]]")).toMatchObject({
      finishReason: "MALFORMED_FUNCTION_CALL",
    });
    expect((await finish("[[fake: finish SAFETY]]"))?.content).toBeUndefined();
    expect(
      await finish("[[fake: words 9]]", { maxOutputTokens: 3, thinkingConfig: { thinkingLevel: "MINIMAL" } }),
    ).toMatchObject({ finishReason: "MAX_TOKENS" });
    const forced = {
      tools: [{ functionDeclarations: declarations }],
      toolConfig: {
        functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ["get_time"] },
      },
    };
    expect((await client.models.generateContent({ ...say("Hello"), config: forced })).functionCalls?.[0]?.name).toBe(
      "get_time",
    );
  });

  it("refuses as the API does, with the wait in the details", async () => {
    await expect(client.models.generateContent({ ...say("a"), model: "gemini-missing" })).rejects.toMatchObject({
      status: 404,
    });
    const message = async (body: unknown, key?: string): Promise<unknown> =>
      (await post(`models/${model}:generateContent`, body, key)).json();
    expect(await message({ contents: [user("a")], generation_config: { foo: 1 } })).toMatchObject({
      error: {
        message: `Invalid JSON payload received. Unknown name "foo" at 'generation_config': Cannot find field.`,
      },
    });
    expect(await message({})).toMatchObject({
      error: { message: expect.stringContaining("contents is not specified") },
    });
    expect(await message({ contents: [user("a")] }, "wrong")).toMatchObject({
      error: { code: 400, details: [{ reason: "API_KEY_INVALID" }] },
    });
    fake.plan({ error: { status: 429, retryAfterSeconds: 30 } });
    const error: unknown = await client.models.generateContent(say("a")).catch((reason: unknown) => reason);
    if (!(error instanceof ApiError)) throw new Error("no error of the SDK");
    expect(JSON.parse(error.message)).toMatchObject({
      error: { status: "RESOURCE_EXHAUSTED", details: [{ retryDelay: "30s" }] },
    });
  });

  it("lists models", async () => {
    const models = await Array.fromAsync(await client.models.list({ config: { pageSize: 4 } }), ({ name }) => name);
    expect(models).toContain("models/gemini-2.5-flash");
    expect((await client.models.get({ model })).name).toBe(`models/${model}`);
  });
});
