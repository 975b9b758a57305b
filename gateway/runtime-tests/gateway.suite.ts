import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  chatChunk,
  doneEvent,
  event,
  type FakeUpstream,
  jsonAnswer,
  sends,
  usageOf,
} from "../src/testing/fake-upstream.ts";
import { type FakePlatform, goodToken } from "./fake-platform.ts";
import { type RunningHost, startBetweenFakes, type StartHost } from "./surroundings.ts";

const model = "openai/upstream-model";
const messages = [{ role: "user" as const, content: "hello" }];
const content = (text: string) => event(chatChunk({ content: text }));
const ends = sends(
  event(chatChunk({}, { finish_reason: "stop" })),
  event(chatChunk(null, { usage: usageOf(9, 2) })),
  doneEvent,
);

/** What must hold wherever the gateway runs. */
export const describeHost = (name: string, start: StartHost): void => {
  describe(`the gateway on ${name}`, () => {
    let upstream: FakeUpstream;
    let platform: FakePlatform;
    let host: RunningHost;
    let stop: () => Promise<void>;
    beforeAll(async () => {
      ({ upstream, platform, host, close: stop } = await startBetweenFakes(start));
    });
    afterAll(() => stop());
    afterEach(() => {
      platform.refuse = undefined;
      platform.failSettlements = 0;
    });

    const client = () => new OpenAI({ apiKey: goodToken, baseURL: `${host.url}/v1`, maxRetries: 0 });
    const post = (
      body: unknown,
      {
        token = goodToken,
        path = "/v1/chat/completions",
        headers = {},
        signal,
      }: {
        token?: string;
        path?: string;
        headers?: Record<string, string>;
        signal?: AbortSignal;
      } = {},
    ) =>
      fetch(host.url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      });

    it("answers the official SDK whole, by the provider's key, and reports what was used", async () => {
      const settled = platform.nextSettlement();
      const answer = await client().chat.completions.create({ model, messages });
      expect(answer.choices[0]?.message.content).toBe("The answer is grün.");
      expect(upstream.requests.at(-1)?.headers["authorization"]).toBe("Bearer sk-upstream");
      expect(platform.reservations.at(-1)).toMatchObject({
        credential: goodToken,
        model,
        candidates: [{ provider: "openai", price_model: "upstream-model" }],
      });
      expect(await settled).toMatchObject({
        outcome: "completed",
        provider: "openai",
        operation: "chat/completions",
        usage: { source: "reported", counts: { input_uncached: 7, output_text: 5 } },
      });
    });

    it("streams to the official SDK, the last event after the settlement", async () => {
      upstream.plan({ steps: [...sends(content("grü"), content("n")), ...ends] });
      const settled = platform.nextSettlement();
      let text = "";
      for await (const chunk of await client().chat.completions.create({ model, messages, stream: true })) {
        text += chunk.choices[0]?.delta.content ?? "";
      }
      expect(text).toBe("grün");
      expect(await settled).toMatchObject({ stream: true, usage: { counts: { input_uncached: 9, output_text: 2 } } });
    });

    it("passes the first event on while the provider still thinks about the next", async () => {
      const gate = Promise.withResolvers<void>();
      upstream.plan({ steps: [...sends(content("first")), { wait: gate.promise }, ...ends] });
      const response = await post({ model, messages, stream: true });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (!text.includes("first")) text += (await reader?.read())?.value ?? "";
      gate.resolve();
      for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) text += next.value;
      expect(text).toMatch(/\[DONE\]\n\n$/);
      await platform.nextSettlement();
    });

    it("carries a large body and a large answer whole", async () => {
      const long = "grün ".repeat(200_000);
      upstream.plan(({ text }) =>
        jsonAnswer({
          id: "c",
          object: "chat.completion",
          created: 1,
          model: "upstream-model",
          choices: [
            {
              index: 0,
              message: { role: "assistant", content: `${String(text.includes(long))} ${long}` },
              finish_reason: "stop",
            },
          ],
          usage: usageOf(1, 1),
        }),
      );
      const answer = await client().chat.completions.create({ model, messages: [{ role: "user", content: long }] });
      expect(answer.choices[0]?.message.content).toBe(`true ${long}`);
      await platform.nextSettlement();
    });

    it("refuses an unknown token, before anything is asked of a provider", async () => {
      const before = upstream.requests.length;
      const response = await post({ model, messages }, { token: "lp_ct_unknown" });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { code: "invalid_api_key" } });
      expect(upstream.requests.length).toBe(before);
    });

    it("refuses what the platform refuses, in its words", async () => {
      platform.refuse = {
        status: 429,
        code: "account_requests_per_minute_exceeded",
        type: "rate_limit_error",
        message: "60 requests a minute",
        param: null,
        retryable: true,
        retry_after_seconds: 7,
        headers: [{ name: "x-ratelimit-remaining-requests", value: "0" }],
      };
      const response = await post({ model, messages });
      expect(response.status).toBe(429);
      expect(response.headers.get("retry-after")).toBe("7");
      expect(response.headers.get("x-should-retry")).toBe("true");
      expect(await response.json()).toMatchObject({ error: { code: "account_requests_per_minute_exceeded" } });
    });

    it("tells the real status of a provider that fails, and settles nothing as used", async () => {
      upstream.plan(jsonAnswer({ error: { message: "too long", code: "context_length_exceeded" } }, 400));
      const settled = platform.nextSettlement();
      const response = await post({ model, messages, stream: true });
      expect(response.status).toBe(400);
      expect(await settled).toMatchObject({
        outcome: "failed",
        usage: { counts: { input_uncached: 0, output_text: 0 } },
      });
    });

    it("ends a stream that breaks with an error event and without [DONE]", async () => {
      upstream.plan({ steps: [...sends(content("half")), { reset: true }] });
      const settled = platform.nextSettlement();
      const text = await (await post({ model, messages, stream: true })).text();
      expect(text).toContain("half");
      expect(text).toContain('"error"');
      expect(text).not.toContain("[DONE]");
      expect(await settled).toMatchObject({ outcome: "failed", usage: { source: "partial" } });
    });

    it("reports a settlement again until the platform takes it, and it counts once", async () => {
      platform.failSettlements = 2;
      const [calls, known] = [platform.settleCalls, platform.settlements.size];
      const settled = platform.nextSettlement();
      await client().chat.completions.create({ model, messages });
      await settled;
      expect(platform.settleCalls - calls).toBe(3);
      expect(platform.settlements.size - known).toBe(1);
    });

    it("edge case 21: stops the provider when the client goes, and settles what had come", async () => {
      upstream.plan({ steps: [...sends(content("one")), { wait: new Promise(() => undefined) }] });
      const abort = new AbortController();
      const settled = platform.nextSettlement();
      const response = await post({ model, messages, stream: true }, { signal: abort.signal });
      await response.body?.getReader().read();
      abort.abort();
      expect(await settled).toMatchObject({ outcome: "aborted", disconnect: "abort", usage: { source: "partial" } });
      expect(await upstream.requests.at(-1)?.over).toBe(true);
    });
  });
};
