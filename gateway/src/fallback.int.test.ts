import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ModelPlan, ModelRoute } from "./ports.ts";
import { chatChunk, doneEvent, event, jsonAnswer, sends, usageOf } from "./testing/fake-upstream.ts";
import { startTestGateway, type TestGateway } from "./testing/test-gateway.ts";

/** Port 9 of the loopback is the discard service, which nothing runs. */
const nowhere = new URL("http://127.0.0.1:9");

let test: TestGateway;
let names = 0;
/** A model whose deployments have names of their own, so that no test finds those of another at rest. */
let model: string;
beforeAll(async () => {
  test = await startTestGateway({ firstByteTimeoutMs: 300 });
});
afterAll(() => test.close());
beforeEach(() => {
  model = `model-${(names += 1)}`;
});

const offer = (...routes: Partial<ModelRoute & { origin: URL }>[]): void => {
  const steps: ModelPlan["steps"] = routes.map(({ origin, ...more }, index) => [
    { route: test.routeTo(origin, { deployment: `${model}-${index}`, ...more }), weight: 1 },
  ]);
  test.plans.set(model, { steps });
};

const messages = [{ role: "user", content: "hello" }];
const ask = (more: object = {}): Promise<Response> => test.post("/v1/chat/completions", { model, messages, ...more });
const whole = {
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: "upstream-model",
  choices: [{ index: 0, message: { role: "assistant", content: "ok" }, finish_reason: "stop" }],
  usage: usageOf(5, 2),
};
const refusal = (status: number, headers: Record<string, string> = {}) =>
  jsonAnswer({ error: { message: `status ${status}` } }, status, headers);
const attemptsOf = () =>
  test.meter.settlements.at(-1)?.attempts.map(({ deployment, errorCode }) => `${deployment} ${errorCode}`);

describe("a request whose first way fails", () => {
  it.each([429, 500, 502, 503, 529])(
    "edge case 24: with %i goes the next one, and is priced by who answered",
    async (status) => {
      offer({ provider: "first", priceModel: "dear" }, { provider: "second", priceModel: "cheap" });
      test.upstream.plan(refusal(status), jsonAnswer(whole));
      const response = await ask();
      expect(response.status).toBe(200);
      expect(response.headers.get("x-gateway-provider")).toBe("second");
      expect(response.headers.get("x-gateway-attempts")).toBe("2");
      expect(test.meter.reservations.at(-1)?.candidates).toEqual([
        { provider: "first", priceModel: "dear" },
        { provider: "second", priceModel: "cheap" },
      ]);
      expect(test.meter.settlements.at(-1)).toMatchObject({
        provider: "second",
        priceModel: "cheap",
        outcome: "completed",
        errorCode: null,
        usage: { counts: { inputUncached: 5, outputText: 2 } },
        attempts: [
          { deployment: `${model}-0`, provider: "first", outcome: "failed" },
          { deployment: `${model}-1`, provider: "second", outcome: "completed", errorCode: null },
        ],
      });
    },
  );

  it("with a refused key of the gateway's goes the next one", async () => {
    offer({}, {});
    test.upstream.plan(refusal(401), jsonAnswer(whole));
    expect((await ask()).status).toBe(200);
    expect(attemptsOf()).toEqual([`${model}-0 provider_rejected_credentials`, `${model}-1 null`]);
  });

  it("because nobody listens goes the next one", async () => {
    offer({ origin: nowhere }, {});
    test.upstream.plan(jsonAnswer(whole));
    expect((await ask()).status).toBe(200);
    expect(attemptsOf()).toEqual([`${model}-0 provider_unreachable`, `${model}-1 null`]);
  });

  it("by its time limit goes the next one", async () => {
    offer({}, {});
    test.upstream.plan({ after: new Promise(() => undefined), steps: [] }, jsonAnswer(whole));
    expect((await ask()).status).toBe(200);
    expect(attemptsOf()).toEqual([`${model}-0 provider_timeout`, `${model}-1 null`]);
  });

  it.each([400, 413, 422])("with %i, which is the request's own fault, goes nowhere else", async (status) => {
    offer({}, {});
    test.upstream.plan(refusal(status));
    const before = test.upstream.requests.length;
    const response = await ask();
    expect(response.ok).toBe(false);
    expect(test.upstream.requests.length - before).toBe(1);
  });

  it("is told the last failure when every way fails", async () => {
    offer({}, {}, {});
    test.upstream.plan(refusal(503), refusal(500), refusal(429));
    const response = await ask();
    expect(response.status).toBe(429);
    expect(attemptsOf()).toHaveLength(3);
    expect(test.meter.settlements.at(-1)).toMatchObject({ outcome: "failed", errorCode: "provider_rate_limited" });
  });

  it("is asked of no more ways than the gateway's limit", async () => {
    offer({}, {}, {}, {}, {});
    test.upstream.plan(refusal(500), refusal(500), refusal(500), refusal(500));
    const before = test.upstream.requests.length;
    expect((await ask()).status).toBe(502);
    expect(test.upstream.requests.length - before).toBe(4);
  });
});

describe("a model with one way", () => {
  it("is asked once more when the connection broke before an answer, and no more than that", async () => {
    let asked = 0;
    let breaks = 1;
    const server = createServer((request, response) => {
      asked += 1;
      if (asked <= breaks) return void request.socket.destroy();
      return response.end(JSON.stringify(whole));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    // A TCP server's address is always an object.
    const { port } = server.address() as AddressInfo;
    offer({ origin: new URL(`http://127.0.0.1:${port}`) });
    expect((await ask()).status).toBe(200);
    expect(attemptsOf()).toEqual([`${model}-0 provider_disconnected`, `${model}-0 null`]);
    asked = 0;
    breaks = Infinity;
    expect((await ask()).status).toBe(502);
    expect(asked).toBe(2);
    server.closeAllConnections();
    server.close();
  });

  it("is not asked again after it said no", async () => {
    offer({});
    test.upstream.plan(refusal(503));
    const before = test.upstream.requests.length;
    expect((await ask()).status).toBe(503);
    expect(test.upstream.requests.length - before).toBe(1);
  });
});

describe("a stream", () => {
  const first = event(chatChunk({ content: "hal" }));
  const ends = [
    event(chatChunk({}, { finish_reason: "stop" })),
    event(chatChunk(null, { usage: usageOf(5, 1) })),
    doneEvent,
  ];

  it("that is refused by its first event goes the next way", async () => {
    offer({}, {});
    test.upstream.plan(
      { steps: sends(event({ error: { message: "busy", type: "overloaded_error" } })) },
      { steps: sends(first, ...ends) },
    );
    const text = await (await ask({ stream: true })).text();
    expect(text).toContain("hal");
    expect(text).not.toContain("busy");
    expect(attemptsOf()).toEqual([`${model}-0 provider_overloaded`, `${model}-1 null`]);
  });

  it("edge case 23: is never asked again after bytes were sent", async () => {
    offer({}, {});
    test.upstream.plan({ steps: [...sends(first), { reset: true }] });
    const before = test.upstream.requests.length;
    const text = await (await ask({ stream: true })).text();
    expect(text).toContain("hal");
    expect(text).toContain("provider_disconnected");
    expect(text).not.toContain("[DONE]");
    expect(test.upstream.requests.length - before).toBe(1);
    expect(attemptsOf()).toEqual([`${model}-0 provider_disconnected`]);
  });
});

describe("a deployment that keeps failing", () => {
  it("rests: requests begin with the next way, and try it last", async () => {
    offer({}, {});
    for (let failure = 0; failure < 3; failure += 1) {
      test.upstream.plan(refusal(500), jsonAnswer(whole));
      await (await ask()).text();
      expect(attemptsOf()).toHaveLength(2);
    }
    test.upstream.plan(jsonAnswer(whole));
    await (await ask()).text();
    expect(attemptsOf()).toEqual([`${model}-1 null`]);
    test.upstream.plan(refusal(500), jsonAnswer(whole));
    await (await ask()).text();
    expect(attemptsOf()).toEqual([`${model}-1 provider_error`, `${model}-0 null`]);
  });

  it("rests at once when it says for how long", async () => {
    offer({}, {});
    test.upstream.plan(refusal(429, { "retry-after": "30" }), jsonAnswer(whole));
    await (await ask()).text();
    test.upstream.plan(jsonAnswer(whole));
    await (await ask()).text();
    expect(attemptsOf()).toEqual([`${model}-1 null`]);
  });
});
