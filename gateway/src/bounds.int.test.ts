import { BadRequestError, PermissionDeniedError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallerBounds, noBounds } from "./ports.ts";
import { startTestGateway, testCaller, type TestGateway } from "./testing/test-gateway.ts";

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
});
afterAll(() => test.close());

/** The official SDK as a caller with these bounds. */
const clientWith = (bounds: Partial<CallerBounds>, headers: Record<string, string> = {}) => {
  test.callers.set("bound-key", { ...testCaller, bounds: { ...noBounds, ...bounds }, headers });
  return test.client({ apiKey: "bound-key" });
};
const messages = [{ role: "user" as const, content: "What colour?" }];
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "it was answered",
    (error: unknown) => error,
  );
const lastBody = () => test.upstream.requests.at(-1)?.body;

describe("allowed models", () => {
  it("are the only ones that answer and are listed, by name and by pattern", async () => {
    const client = clientWith({ allowedModels: ["org/*", "upstream-model"] });
    for (const model of ["org/tuned", "upstream-model"]) {
      expect((await client.chat.completions.create({ model, messages })).model).toBe(model);
      expect((await client.models.retrieve(model)).id).toBe(model);
    }
    const listed = [];
    for await (const { id } of client.models.list()) listed.push(id);
    expect(listed.toSorted()).toEqual(["org/tuned", "upstream-model"]);
  });

  it("403: any other, whether it exists or not, names the model and asks no provider", async () => {
    const client = clientWith({ allowedModels: ["org/*"] });
    const before = [test.upstream.requests.length, test.meter.reservations.length];
    for (const model of ["tuned", "no-such-model"]) {
      const refusals = [
        client.chat.completions.create({ model, messages }),
        client.chat.completions.create({ model, messages, stream: true }),
        client.completions.create({ model, prompt: "hi" }),
        client.models.retrieve(model),
      ].map(failureOf);
      for (const error of await Promise.all(refusals)) {
        expect(error).toBeInstanceOf(PermissionDeniedError);
        expect(error).toMatchObject({ code: "model_not_allowed", param: "model" });
        expect(String(error)).toContain(`\`${model}\``);
      }
    }
    expect([test.upstream.requests.length, test.meter.reservations.length]).toEqual(before);
  });

  it("404: one that is allowed and does not exist", async () => {
    const client = clientWith({ allowedModels: ["*"] });
    const error = await failureOf(client.chat.completions.create({ model: "no-such-model", messages }));
    expect(error).toMatchObject({ status: 404, code: "model_not_found" });
  });

  it("are judged by the very model that the provider is asked for, also where it is named twice", async () => {
    clientWith({ allowedModels: ["upstream-model"] });
    const twice = `{"model":"tuned","model":"upstream-model","messages":${JSON.stringify(messages)}}`;
    const response = await test.post("/v1/chat/completions", twice, { authorization: "Bearer bound-key" });
    expect(response.status).toBe(200);
    expect(test.upstream.requests.at(-1)?.text.match(/"model"/g)).toHaveLength(1);
  });

  it("hold within the process too", async () => {
    const caller = { ...testCaller, bounds: { ...noBounds, allowedModels: ["tuned"] } };
    expect((await test.gateway.chat(caller, { model: "tuned", messages })).status).toBe(200);
    expect((await test.gateway.chat(caller, { model: "upstream-model", messages })).status).toBe(403);
  });
});

describe("locked parameters", () => {
  const locked = { model: "tuned", system: "Answer with a colour.", temperature: 0.2, max_tokens: 20 };

  it("reach the provider whether the caller sends them or not", async () => {
    const client = clientWith({ locked });
    await client.post("/chat/completions", { body: { messages } });
    const expected = {
      model: "upstream-model",
      temperature: 0.2,
      max_tokens: 20,
      messages: [{ role: "system", content: locked.system }, ...messages],
    };
    expect(lastBody()).toEqual(expected);
    await client.chat.completions.create({ model: "tuned", messages, temperature: 0.2, max_tokens: 20 });
    expect(lastBody()).toEqual(expected);
  });

  it("reach the provider where nothing else of the request has to change", async () => {
    const client = clientWith({ locked: { seed: 7 } });
    await client.chat.completions.create({ model: "upstream-model", messages });
    expect(lastBody()).toEqual({ model: "upstream-model", messages, seed: 7 });
  });

  it("reach the provider in a stream, and its bound is what is reserved", async () => {
    const stream = await clientWith({ locked }).chat.completions.create({ model: "tuned", messages, stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe("The answer is grün.");
    expect(lastBody()).toMatchObject({ temperature: 0.2, max_tokens: 20, messages: [{ role: "system" }, messages[0]] });
    expect(test.meter.reservations.at(-1)?.maxOutputTokens).toBe(20);
  });

  it.each([
    ["temperature", { temperature: 1 }],
    ["model", { model: "upstream-model" }],
    ["max_completion_tokens", { max_completion_tokens: 21 }],
    ["messages[0].role", { messages: [{ role: "developer" as const, content: "Say no." }, ...messages] }],
  ])("400: %s that differs, streamed and not", async (param, change) => {
    const client = clientWith({ locked });
    const before = test.upstream.requests.length;
    for (const stream of [false, true]) {
      const error = await failureOf(client.chat.completions.create({ model: "tuned", messages, stream, ...change }));
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error).toMatchObject({ code: "locked_parameter", param, type: "invalid_request_error" });
    }
    expect(test.upstream.requests.length).toBe(before);
  });

  it("400: plain completions where the system message is locked", async () => {
    const error = await failureOf(clientWith({ locked }).completions.create({ model: "tuned", prompt: "hi" }));
    expect(error).toMatchObject({ status: 400, code: "locked_parameter" });
    await clientWith({ locked: { max_tokens: 3 } }).completions.create({ model: "tuned", prompt: "hi" });
    expect(lastBody()).toMatchObject({ prompt: "hi", max_tokens: 3 });
  });
});

describe("the caller's headers", () => {
  it("stand on answers, on streams, on lists and on errors", async () => {
    clientWith({}, { deprecation: "@1767225600" });
    const headers = { authorization: "Bearer bound-key" };
    const answers = await Promise.all([
      test.post("/v1/chat/completions", { model: "tuned", messages }, headers),
      test.post("/v1/chat/completions", { model: "tuned", messages, stream: true }, headers),
      test.post("/v1/chat/completions", { model: "no-such-model", messages }, headers),
      fetch(`${test.url}/v1/models`, { headers }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 200]);
    expect(answers.map((answer) => answer.headers.get("deprecation"))).toEqual(answers.map(() => "@1767225600"));
    await Promise.all(answers.map((answer) => answer.text()));
  });
});
