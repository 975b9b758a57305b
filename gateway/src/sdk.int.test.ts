import {
  APIError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { insufficientQuota, rateLimited } from "./errors.ts";
import { jsonAnswer, sends, event, chatChunk } from "./testing/fake-upstream.ts";
import { readOnlyKey, startTestGateway, type TestGateway } from "./testing/test-gateway.ts";

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
});
afterAll(() => test.close());
beforeEach(() => {
  test.meter.refuse = undefined;
});

const messages = [{ role: "user" as const, content: "What colour?" }];

describe("the official SDK", () => {
  it("chats, and gets the model's name as it asked for it", async () => {
    const { data, response } = await test.client().chat.completions.create({ model: "tuned", messages }).withResponse();
    expect(data.choices[0]?.message.content).toBe("The answer is grün.");
    expect(data.model).toBe("tuned");
    expect(data.usage).toEqual({ prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 });
    expect(response.headers.get("x-gateway-provider")).toBe("tuned");
    expect(response.headers.get("x-gateway-cost-nano-usd")).toBe(String(7 * 10 + 5 * 30));
    expect(Number(response.headers.get("x-gateway-overhead-ms"))).toBeGreaterThan(0);
    expect(response.headers.get("x-request-id")).toMatch(/^req_\d+$/);
  });

  it("streams, and is not shown usage that it did not ask for", async () => {
    const stream = await test.client().chat.completions.create({ model: "tuned", messages, stream: true });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe("The answer is grün.");
    expect(chunks.every((chunk) => chunk.model === "tuned" && !("usage" in chunk))).toBe(true);
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
  });

  it("streams with usage when it asks for it", async () => {
    const stream = await test
      .client()
      .chat.completions.create({ model: "tuned", messages, stream: true, stream_options: { include_usage: true } });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 5 } });
  });

  it("runs its stream helper to the final message", async () => {
    const stream = test.client().chat.completions.stream({ model: "tuned", messages });
    expect(await stream.finalContent()).toBe("The answer is grün.");
  });

  it("completes a text, whole and streamed", async () => {
    const whole = await test.client().completions.create({ model: "tuned", prompt: "The answer" });
    expect(whole.choices[0]?.text).toBe("The answer is grün.");
    const stream = await test.client().completions.create({ model: "tuned", prompt: "The answer", stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
    expect(text).toBe("The answer is grün.");
  });

  it("lists and retrieves models, also with a slash in the name", async () => {
    const listed = [];
    for await (const model of test.client().models.list()) listed.push(model.id);
    expect(listed).toEqual(["upstream-model", "tuned", "org/tuned", "gone"]);
    expect(await test.client().models.retrieve("org/tuned")).toEqual({
      id: "org/tuned",
      object: "model",
      created: 1_700_000_000,
      owned_by: "you",
    });
  });

  it("sends the key as X-API-Key too", async () => {
    const response = await fetch(`${test.url}/v1/models`, { headers: { "X-API-Key": readOnlyKey } });
    expect(response.status).toBe(200);
  });
});

describe("the official SDK sees errors as their own classes", () => {
  const failure = async (attempt: PromiseLike<unknown>): Promise<APIError> => {
    const thrown = await Promise.resolve(attempt).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(thrown instanceof APIError)) throw new Error("expected an APIError", { cause: thrown });
    return thrown;
  };
  const chat = (model: string, more: object = {}) =>
    test.client({ maxRetries: 0 }).chat.completions.create({ model, messages, ...more });

  it("BadRequestError, with the field", async () => {
    // The types of the SDK forbid this request; that is the point of it.
    const wrong = { messages: "hello" } as unknown as object;
    const error = await failure(chat("tuned", wrong));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ param: "messages", code: "invalid_request", type: "invalid_request_error" });
    expect(error.requestID).toMatch(/^req_/);
  });

  it("AuthenticationError for a wrong key", async () => {
    const error = await failure(test.client({ apiKey: "wrong" }).models.list());
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.code).toBe("invalid_api_key");
  });

  it("PermissionDeniedError for a missing scope", async () => {
    const attempt = test.client({ apiKey: readOnlyKey }).chat.completions.create({ model: "tuned", messages });
    const error = await failure(attempt);
    expect(error).toBeInstanceOf(PermissionDeniedError);
    expect(error.message).toContain("`chat`");
  });

  it("NotFoundError for an unknown model, chatted with or retrieved", async () => {
    expect(await failure(chat("nobody"))).toBeInstanceOf(NotFoundError);
    const error = await failure(test.client().models.retrieve("nobody"));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.code).toBe("model_not_found");
  });

  it("RateLimitError with the time to wait, before the provider is asked", async () => {
    const asked = test.upstream.requests.length;
    test.meter.refuse = rateLimited({ message: "10 requests a minute", retryAfterSeconds: 1.2 });
    const error = await failure(chat("tuned"));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error.headers?.get("retry-after")).toBe("2");
    expect(error.headers?.get("x-should-retry")).toBe("true");
    expect(test.upstream.requests).toHaveLength(asked);
  });

  it("402 when the money is gone, never retried", async () => {
    const reserved = test.meter.reservations.length;
    test.meter.refuse = insufficientQuota("The budget of this month is used up.");
    const attempt = test.client({ maxRetries: 2 }).chat.completions.create({ model: "tuned", messages });
    expect(await failure(attempt)).toMatchObject({ status: 402, code: "insufficient_quota" });
    expect(test.meter.reservations).toHaveLength(reserved + 1);
  });

  it("does not retry what will not change, and retries what may", async () => {
    const asked = test.upstream.requests.length;
    test.upstream.plan(jsonAnswer({ error: { message: "too long", code: "context_length_exceeded" } }, 400));
    const refused = test.client({ maxRetries: 2 }).chat.completions.create({ model: "tuned", messages });
    expect(await failure(refused)).toMatchObject({ status: 400, code: "context_length_exceeded" });
    expect(test.upstream.requests).toHaveLength(asked + 1);
    test.upstream.plan(jsonAnswer({ error: { message: "busy" } }, 503, { "retry-after": "0" }));
    const retried = await test.client({ maxRetries: 2 }).chat.completions.create({ model: "tuned", messages });
    expect(retried.choices).toHaveLength(1);
    expect(test.upstream.requests).toHaveLength(asked + 3);
  });

  it("raises an error within a stream", async () => {
    const content = event(chatChunk({ content: "half" }));
    test.upstream.plan({ steps: sends(content, event({ error: { message: "out of memory" } })) });
    const stream = await test.client().chat.completions.create({ model: "tuned", messages, stream: true });
    const seen: (string | null | undefined)[] = [];
    const reading = (async () => {
      for await (const chunk of stream) seen.push(chunk.choices[0]?.delta.content);
    })();
    const error = await failure(reading);
    expect(error.message).toContain("out of memory");
    expect(seen).toEqual(["half"]);
  });
});
