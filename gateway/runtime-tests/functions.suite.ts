import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeUpstream } from "../src/testing/fake-upstream.ts";
import { type FakePlatform, goodToken } from "./fake-platform.ts";
import { page, type RunningHost, startBetweenFakes, type StartHost } from "./surroundings.ts";

const messages = [{ role: "user", content: "hello" }];

/** What must hold besides, where the gateway is deployed as functions that browsers call. */
export const describeFunctions = (name: string, start: StartHost): void => {
  describe(`the functions on ${name}`, () => {
    let upstream: FakeUpstream;
    let platform: FakePlatform;
    let host: RunningHost;
    let stop: () => Promise<void>;
    beforeAll(async () => {
      ({ upstream, platform, host, close: stop } = await startBetweenFakes(start));
    });
    afterAll(() => stop());

    const post = (path: string, headers: Record<string, string> = {}) =>
      fetch(host.url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${goodToken}`, "content-type": "application/json", ...headers },
        body: JSON.stringify({ model: "upstream-model", max_tokens: 100, messages }),
      });

    it("answer at their own address and below it, each for its provider", async () => {
      for (const path of ["/openaiGenerate", "/openaiGenerate/v1/chat/completions"]) {
        const settled = platform.nextSettlement();
        expect(await (await post(path)).json()).toMatchObject({ object: "chat.completion" });
        expect(await settled).toMatchObject({ provider: "openai", price_model: "upstream-model" });
      }
      const elsewhere = await post("/anthropicGenerate");
      expect(elsewhere.status).toBe(404);
      // In the words of the dialect that is spoken there.
      expect(await elsewhere.json()).toMatchObject({ type: "error", error: { type: "not_found_error" } });
    });

    it("are guarded by tokens", async () => {
      const before = upstream.requests.length;
      expect((await post("/openaiGenerate", { authorization: "Bearer lp_ct_unknown" })).status).toBe(401);
      expect((await fetch(`${host.url}/listProviders`)).status).toBe(401);
      expect(upstream.requests.length).toBe(before);
    });

    it("say which providers there are", async () => {
      const list = await fetch(`${host.url}/listProviders`, { headers: { authorization: `Bearer ${goodToken}` } });
      expect(await list.json()).toMatchObject({
        providers: [
          { id: "openai", available: true },
          { id: "anthropic", available: false },
          { id: "gemini", available: false },
        ],
      });
    });

    it("let the scripts of allowed pages call, and no others", async () => {
      const asked = { "access-control-request-method": "POST", "access-control-request-headers": "authorization" };
      const preflight = (origin: string) =>
        fetch(`${host.url}/v1/chat/completions`, { method: "OPTIONS", headers: { origin, ...asked } });
      expect((await preflight(page)).headers.get("access-control-allow-origin")).toBe(page);
      expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
      const answer = await post("/openaiGenerate", { origin: page });
      expect(answer.headers.get("access-control-allow-origin")).toBe(page);
      expect(platform.reservations.at(-1)?.origin).toBe(page);
      await platform.nextSettlement();
    });
  });
};
