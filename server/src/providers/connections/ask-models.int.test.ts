import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { ProviderKind } from "@llm-tuner/contract/providers.ts";
import { json, startFakeProvider } from "../testing/fake-provider.ts";
import { askModels } from "./ask-models.ts";
import type { Connection } from "./connection.ts";

const provider = await startFakeProvider();
afterAll(provider.close);
beforeEach(() => provider.asked.splice(0));

const secret = "sk-test-0123456789abcdef";
const connection = (kind: ProviderKind, changed: Partial<Connection> = {}): Connection => ({
  id: "conn_test",
  name: "test",
  kind,
  provider: kind,
  baseUrl: `${provider.baseUrl}/base`,
  secrets: { apiKey: secret, headers: [{ name: "X-Extra", value: "more" }] },
  apiKeyLast4: "cdef",
  headerNames: ["X-Extra"],
  offersCatalogue: true,
  enabled: true,
  source: "stored",
  createdAt: null,
  updatedAt: null,
  ...changed,
});
const none = { contextWindow: null, maxOutputTokens: null, embeds: false };

describe("asking a provider for its models", () => {
  it.each([
    [
      "openai",
      "/base/v1/models",
      { authorization: `Bearer ${secret}` },
      { data: [{ id: "gpt-a" }, { id: "text-embedding-b", more: 1 }] },
      [
        { model: "gpt-a", ...none },
        { model: "text-embedding-b", ...none, embeds: true },
      ],
    ],
    [
      "openai-compatible",
      "/base/v1/models",
      { authorization: `Bearer ${secret}` },
      {
        data: [
          { id: "llama", max_model_len: 8192 },
          { id: "other", max_model_len: "?" },
        ],
      },
      [
        { model: "llama", ...none, contextWindow: 8192 },
        { model: "other", ...none },
      ],
    ],
    [
      "anthropic",
      "/base/v1/models?limit=1000",
      { "x-api-key": secret, "anthropic-version": "2023-06-01" },
      { data: [{ type: "model", id: "claude-x", max_input_tokens: 200_000, max_tokens: 64_000 }], has_more: false },
      [{ model: "claude-x", contextWindow: 200_000, maxOutputTokens: 64_000, embeds: false }],
    ],
    [
      "gemini",
      "/base/v1beta/models?pageSize=1000",
      { "x-goog-api-key": secret },
      {
        models: [
          { name: "models/gemini-x", inputTokenLimit: 1000, outputTokenLimit: 100 },
          { name: "models/gemini-e", supportedGenerationMethods: ["embedContent"] },
        ],
      },
      [
        { model: "gemini-x", contextWindow: 1000, maxOutputTokens: 100, embeds: false },
        { model: "gemini-e", ...none, embeds: true },
      ],
    ],
  ] as const)("speaks to %s in its own way", async (kind, url, headers, body, models) => {
    provider.answerWith(json(200, body));
    expect(await askModels(connection(kind))).toEqual({ models });
    expect(provider.asked).toEqual([{ url, headers: expect.objectContaining({ ...headers, "x-extra": "more" }) }]);
  });

  it.each([
    ["openai", 401, { error: { message: `Incorrect API key provided: ${secret}` } }, "wrong_api_key"],
    [
      "gemini",
      400,
      { error: { message: "API key not valid.", details: [{ reason: "API_KEY_INVALID" }] } },
      "wrong_api_key",
    ],
    ["gemini", 400, { error: { message: "something else" } }, "failed"],
    ["openai", 403, {}, "forbidden"],
    ["openai-compatible", 404, {}, "not_this_dialect"],
    ["anthropic", 200, { data: [{ id: "gpt-a", object: "model" }] }, "not_this_dialect"],
    ["openai", 200, "<html>", "not_this_dialect"],
    ["openai", 503, {}, "failed"],
  ] as const)("says what is wrong: %s with %i", async (kind, status, body, problem) => {
    provider.answerWith(json(status, body));
    const asked = await askModels(connection(kind));
    expect(asked).toEqual({ problem, message: expect.any(String) });
    expect(JSON.stringify(asked)).not.toContain(secret);
  });

  it("does not carry the API key to where a server points", async () => {
    const elsewhere = await startFakeProvider();
    provider.answerWith((_request, response) => {
      response.writeHead(307, { location: `${elsewhere.baseUrl}/v1/models` }).end();
    });
    expect(await askModels(connection("openai"))).toMatchObject({ problem: "not_this_dialect" });
    expect(elsewhere.asked).toEqual([]);
    await elsewhere.close();
  });

  it("gives up on a server that is not there, is silent, drips, or floods", async () => {
    const gone = await startFakeProvider();
    await gone.close();
    expect(await askModels(connection("openai", { baseUrl: gone.baseUrl }))).toEqual({
      problem: "unreachable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    const limits = { timeoutMs: 50, maxBytes: 1000 };
    provider.answerWith(() => undefined);
    expect(await askModels(connection("openai"), limits)).toMatchObject({ problem: "timed_out" });
    provider.answerWith((_request, response) => void response.writeHead(200).write("{"));
    expect(await askModels(connection("openai"), limits)).toMatchObject({ problem: "timed_out" });
    provider.answerWith(json(200, { data: [{ id: "a".repeat(2000) }] }));
    expect(await askModels(connection("openai"), { ...limits, timeoutMs: 10_000 })).toMatchObject({
      problem: "not_this_dialect",
    });
  });

  it("asks nobody without a key, except servers that need none", async () => {
    const keyless = { secrets: { apiKey: null, headers: [] } };
    provider.answerWith(json(200, { data: [] }));
    expect(await askModels(connection("openai", keyless))).toMatchObject({ problem: "no_api_key" });
    expect(provider.asked).toEqual([]);
    expect(await askModels(connection("openai-compatible", keyless))).toEqual({ models: [] });
    expect(provider.asked[0]?.headers.authorization).toBeUndefined();
  });
});
