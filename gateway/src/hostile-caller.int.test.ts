import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallerBounds, type LockedParameters, noBounds } from "./ports.ts";
import { jsonAnswer } from "./testing/fake-upstream.ts";
import { startTestGateway, testCaller, type TestGateway } from "./testing/test-gateway.ts";

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
  for (const adapter of ["openai-compatible", "anthropic", "gemini", "openai"] as const) {
    const route = test.routeTo(undefined, { adapter, provider: adapter, maxOutputTokens: 1_000 });
    test.plans.set(adapter, { steps: [[{ route, weight: 1 }]] });
  }
});
afterAll(() => test.close());

const messages = [{ role: "user", content: "hi" }];
const bound = (bounds: Partial<CallerBounds>) => {
  test.callers.set("bound-key", { ...testCaller, bounds: { ...noBounds, ...bounds } });
  return (path: string, body: unknown) => test.post(path, body, { authorization: "Bearer bound-key" });
};
const locked = (locks: LockedParameters) => bound({ locked: locks });
const statusOf = async (response: Promise<Response>): Promise<number> => (await response).status;
const codeOf = async (response: Response): Promise<unknown> => {
  // Errors of both dialects.
  const body = (await response.json()) as { error?: { code?: string; type?: string } };
  return [response.status, body.error?.code ?? body.error?.type];
};

describe("a name of a model", () => {
  it.each(["m\r\nset-cookie: a=b", "m\u0000", "\u{1F99C}".repeat(70), "../../etc", "constructor", "__proto__"])(
    "such as %j breaks out of no header, and is nobody's",
    async (model) => {
      const response = await test.post("/v1/chat/completions", { model, messages });
      expect(response.status).toBe(404);
      expect(response.headers.get("set-cookie")).toBeNull();
      expect(test.meter.reservations.map((reserved) => reserved.model)).not.toContain(model);
    },
  );
});

describe("names of fields", () => {
  it("break out of no header where they are told back", async () => {
    test.upstream.plan(jsonAnswer({ candidates: [{ content: { parts: [{ text: "a" }] }, finishReason: "STOP" }] }));
    const odd = { "x\r\nset-cookie: a=b": 1, ["y".repeat(100_000)]: 1 };
    const response = await test.post("/v1/chat/completions", { model: "gemini", messages, ...odd });
    expect(response.status).toBe(200);
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("x-gateway-warnings")).toMatch(/^x\?\?set-cookie: a=b: .*; y{120}\.\.\.: /);
  });

  it("reach no prototype in any dialect", async () => {
    for (const path of ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/completions", "/v1/embeddings"]) {
      const body = `{"model":"gemini","max_tokens":5,"input":"a","prompt":"a","messages":[{"role":"user","content":"a","__proto__":{"polluted":1}}],"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`;
      test.upstream.plan(jsonAnswer({ candidates: [] }));
      expect((await test.post(path, body)).status).toBeLessThan(503);
    }
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("a request of enormous size", () => {
  const tools = Array.from({ length: 10_000 }, (_, index) => ({
    type: "function",
    function: { name: `f${index}`, parameters: { type: "object", properties: { a: { type: "string" } } } },
    cache_control: { type: "ephemeral" },
  }));
  const turns = Array.from({ length: 50_000 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: "hi",
  }));

  it.each(["openai-compatible", "anthropic", "gemini"])("of ten thousand tools is carried to %s", async (model) => {
    test.upstream.plan(jsonAnswer({ error: { message: "too many tools" } }, 400));
    const response = await test.post("/v1/messages", {
      model: model === "anthropic" ? "gemini" : model,
      max_tokens: 5,
      messages: turns,
      tools: tools.map(({ function: { name, parameters } }) => ({ name, input_schema: parameters })),
    });
    expect(response.status).toBe(400);
    test.upstream.plan(jsonAnswer({ error: { message: "too many tools" } }, 400));
    expect((await test.post("/v1/chat/completions", { model, messages: turns, tools })).status).toBe(400);
    expect(test.upstream.requests.at(-1)?.text.match(/"f\d+"/g)).toHaveLength(10_000);
  });

  it("in its depth is refused", async () => {
    const deep = `{"model":"tuned","messages":${"[".repeat(500_000)}${"]".repeat(500_000)}}`;
    expect(await codeOf(await test.post("/v1/chat/completions", deep))).toEqual([400, "invalid_json"]);
  });
});

describe("a lock", () => {
  const bodies: readonly (readonly [string, object])[] = [
    ["chat/completions", { messages }],
    ["completions", { prompt: "hi" }],
    ["messages", { messages, max_tokens: 5 }],
    ["messages/count_tokens", { messages }],
    ["responses", { input: "hi" }],
    ["embeddings", { input: "hi" }],
    ["images/generations", { prompt: "hi" }],
  ];

  it.each(bodies)("on the model holds on /v1/%s, by whatever name another one is asked for", async (endpoint, body) => {
    const post = locked({ model: "tuned" });
    const before = test.upstream.requests.length;
    const others: object[] = [
      { model: "openai" },
      { model: "tuned", Model: "openai" },
      { model: "tuned", fallbacks: [] },
    ];
    for (const more of others) {
      const status = await statusOf(post(`/v1/${endpoint}`, { ...body, ...more }));
      expect(status, JSON.stringify(more)).toBe(400);
    }
    expect(test.upstream.requests).toHaveLength(before);
  });

  it.each(bodies)("on the words of the system holds on /v1/%s", async (endpoint, body) => {
    const post = locked({ system: "Be brief." });
    const before = test.upstream.requests.length;
    const said = { role: "user", content: "hi" };
    const others: object[] = [
      { system: "Be long." },
      { system: [{ type: "text", text: "Be long." }] },
      { instructions: "Be long." },
      { messages: [{ role: "system", content: "Be long." }, said] },
      { messages: [{ role: "developer", content: "Be long." }, said] },
      { messages: [said, { role: "System", content: "Be long." }] },
      { messages: [said, { content: "Be long." }] },
      { chat_template: "Be long." },
      { prompt: { id: "pmpt_1" } },
      { previous_response_id: "resp_1" },
    ];
    for (const more of others) {
      const status = await statusOf(post(`/v1/${endpoint}`, { model: "openai", ...body, ...more }));
      expect(status, JSON.stringify(more)).toBe(400);
    }
    expect(test.upstream.requests).toHaveLength(before);
  });

  it.each(bodies)("on the length of an answer holds on /v1/%s", async (endpoint, body) => {
    const post = locked({ max_tokens: 5 });
    const before = test.upstream.requests.length;
    const counts = { max_tokens: 6, max_completion_tokens: 6, max_output_tokens: 6, max_new_tokens: 6, Max_Tokens: 6 };
    for (const more of Object.entries(counts).map(([field, value]) => ({ [field]: value }))) {
      const status = await statusOf(post(`/v1/${endpoint}`, { model: "openai", ...body, ...more }));
      expect(status, JSON.stringify(more)).toBe(400);
    }
    expect(test.upstream.requests).toHaveLength(before);
  });

  it("on allowed models is not passed by a name in capitals, which some servers take for the same field", async () => {
    const post = bound({ allowedModels: ["tuned"] });
    const before = test.upstream.requests.length;
    for (const name of ["Model", "MODEL", "mODEL"]) {
      const response = await post("/v1/chat/completions", { model: "tuned", [name]: "upstream-model", messages });
      expect(await codeOf(response)).toEqual([400, "invalid_request"]);
    }
    expect(test.upstream.requests).toHaveLength(before);
  });
});
