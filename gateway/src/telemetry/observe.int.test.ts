import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { insufficientQuota } from "../errors.ts";
import { noUsage } from "../meter/usage.ts";
import { chatChunk, event, jsonAnswer, sends } from "../testing/fake-upstream.ts";
import { startTestGateway, testCaller, type TestGateway } from "../testing/test-gateway.ts";

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
});
afterAll(() => test.close());
afterEach(() => {
  test.failObservation(undefined);
  test.meter.refuse = undefined;
  test.observations.length = 0;
});

const body = { model: "tuned", messages: [{ role: "user", content: "a secret word" }] };
const ask = (more: object = {}, headers: Record<string, string> = {}) =>
  test.post("/v1/chat/completions", { ...body, ...more }, headers);
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

describe("what telemetry is told", () => {
  it("of an answer is who gave it, what it used and what the gateway added, and nothing of what was said", async () => {
    const response = await ask({}, { traceparent });
    await response.text();
    const [seen] = test.observations;
    expect(seen).toMatchObject({
      requestId: response.headers.get("x-request-id"),
      route: "POST /v1/chat/completions",
      traceparent,
      status: 200,
      fault: null,
      answered: {
        operation: "chat/completions",
        stream: false,
        model: "tuned",
        provider: "tuned",
        upstreamModel: "upstream-model",
        outcome: "completed",
        usage: { ...noUsage, inputUncached: 7, outputText: 5 },
        costNanoUsd: 220,
        attempts: [{ outcome: "completed" }],
      },
    });
    expect(seen?.latencyMs).toBeGreaterThanOrEqual(seen?.overheadMs ?? Infinity);
    expect(JSON.stringify(seen)).not.toContain("secret word");
    expect(JSON.stringify(seen)).not.toContain("grün");
  });

  it.each([
    ["a wrong key", () => ask({}, { authorization: "Bearer wrong" }), 401, "caller.unauthenticated"],
    ["a body that is none", () => test.post("/v1/chat/completions", "{"), 400, "caller.invalid_request"],
    ["a model that is not there", () => ask({ model: "nothing" }), 404, "caller.not_found"],
    ["an address that is not there", () => test.post("/v1/nothing", {}), 404, "caller.not_found"],
  ] as const)("of %s is the fault, with nothing answered", async (_what, send, status, fault) => {
    await (await send()).text();
    expect(test.observations).toMatchObject([{ status, fault, answered: null }]);
  });

  it("of a used up budget is that it is a matter of policy", async () => {
    test.meter.refuse = insufficientQuota("used up");
    await (await ask()).text();
    expect(test.observations).toMatchObject([{ status: 402, fault: "policy.budget", answered: null }]);
  });

  it("of a provider's refusal names the provider, also where the stream had begun", async () => {
    test.upstream.plan(jsonAnswer({ error: { message: "busy" } }, 503));
    await (await ask()).text();
    test.upstream.plan({ steps: [...sends(event(chatChunk({ content: "x" }))), { reset: true }] });
    await (await ask({ stream: true })).text();
    expect(test.observations).toMatchObject([
      { status: 503, fault: "provider.overloaded", answered: { outcome: "failed" } },
      { fault: "provider.disconnected", answered: { outcome: "failed", stream: true } },
    ]);
  });

  it("of somebody within the process is the same", async () => {
    await test.gateway.chat(testCaller, body);
    expect(test.observations).toMatchObject([{ route: "in process", fault: null, answered: { outcome: "completed" } }]);
  });

  it("names routes without what the caller chose", async () => {
    await test.client().models.retrieve("org/tuned");
    expect(test.observations).toMatchObject([{ route: "GET /v1/models/{model}", status: 200, answered: null }]);
  });

  it("does not cost anybody the answer when it fails", async () => {
    test.failObservation(new Error("no room"));
    expect((await ask()).status).toBe(200);
    expect(test.log.at(-1)).toMatchObject({ level: "error", message: "a request could not be observed" });
  });
});
