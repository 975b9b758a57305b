import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { UsageRequest } from "@llm-tuner/contract/usage.ts";
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError, PermissionDeniedError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Platform } from "./support/platform.ts";

let platform: Platform;
let token: string;

const api = async (path: string, body?: unknown): Promise<unknown> => {
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    "content-type": "application/json",
  };
  const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(new URL(path, platform.origin), init);
  expect(response.status).toBeLessThan(300);
  return response.json();
};

const clientWith = (apiKey: string): OpenAI => new OpenAI({ apiKey, baseURL: `${platform.origin}/v1`, maxRetries: 0 });

const newKey = async (scopes: string[]): Promise<string> =>
  CreatedApiKey.parse(await api("/api/v1/api-keys", { name: "sdk", scopes })).secret;

let client: OpenAI;

beforeAll(async () => {
  platform = await Platform.start();
  const tokens = await api("/api/auth/register", {
    email: "ada@example.org",
    password: "a long sentence is a good password",
  });
  token = Tokens.parse(tokens).access_token;
  client = clientWith(await newKey(["chat", "models:read"]));
});

afterAll(() => platform.dispose());

const question = {
  model: "starter",
  messages: [{ role: "user" as const, content: "Hello" }],
  max_tokens: 12,
  temperature: 0,
};

describe("the unmodified openai SDK", () => {
  it("lists models and names one", async () => {
    const models = [];
    for await (const model of client.models.list()) models.push(model.id);
    expect(models).toContain("starter");
    expect((await client.models.retrieve("starter")).object).toBe("model");
  });

  it("gets the same answer whole and streamed, metered alike, to an API key and to an access token", async () => {
    const whole = await client.chat.completions.create(question);
    const answer = whole.choices[0]?.message.content;
    const { data: stream, response } = await client.chat.completions
      .create({ ...question, stream: true, stream_options: { include_usage: true } })
      .withResponse();
    let streamed = "";
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      streamed += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    expect(streamed).toBe(answer);
    expect(usage).toMatchObject({
      prompt_tokens: whole.usage?.prompt_tokens,
      completion_tokens: whole.usage?.completion_tokens,
    });
    const signedIn = await clientWith(token).chat.completions.create(question);
    expect(signedIn.choices[0]?.message.content).toBe(answer);

    const { requests } = z.object({ requests: z.array(UsageRequest) }).parse(await api("/api/v1/usage/requests"));
    const billed = requests.find(({ request_id }) => request_id === response.headers.get("x-request-id"));
    expect(billed).toMatchObject({
      input_tokens: usage?.prompt_tokens,
      output_tokens: usage?.completion_tokens,
      outcome: "completed",
    });
    expect(Number.isInteger(billed?.cost_nano_usd)).toBe(true);
    expect(requests).toHaveLength(3);
  });

  it("continues a text, and stops where it is told to", async () => {
    const completion = await client.completions.create({
      model: "starter",
      prompt: "The shop",
      max_tokens: 8,
      temperature: 0,
    });
    const text = completion.choices[0]?.text ?? "";
    expect(completion.usage?.completion_tokens).toBeGreaterThan(0);
    const stop = text.slice(3, 5);
    const stopped = await client.completions.create({
      model: "starter",
      prompt: "The shop",
      max_tokens: 8,
      temperature: 0,
      stop,
    });
    expect(stopped.choices[0]?.text).toBe(text.slice(0, text.indexOf(stop)));
    expect(stopped.choices[0]?.finish_reason).toBe("stop");
  });

  it("raises its own error classes", async () => {
    await expect(clientWith("lp_live_wrong").chat.completions.create(question)).rejects.toBeInstanceOf(
      AuthenticationError,
    );
    await expect(client.chat.completions.create({ ...question, model: "nobody" })).rejects.toBeInstanceOf(
      NotFoundError,
    );
    await expect(client.chat.completions.create({ ...question, n: 3 })).rejects.toBeInstanceOf(BadRequestError);
    await expect(client.chat.completions.create({ ...question, messages: [] })).rejects.toBeInstanceOf(BadRequestError);
    const reader = clientWith(await newKey(["models:read"]));
    await expect(reader.chat.completions.create(question)).rejects.toBeInstanceOf(PermissionDeniedError);
  });
});
