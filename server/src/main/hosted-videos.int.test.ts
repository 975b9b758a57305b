import { OpenAiError } from "@llm-tuner/contract/errors.ts";
import { OfferedModel } from "@llm-tuner/contract/providers.ts";
import { UsageRequestDetail } from "@llm-tuner/contract/usage.ts";
import { Video } from "@llm-tuner/contract/videos.ts";
import { jsonAnswer, startFakeUpstream } from "@llm-tuner/gateway/testing/fake-upstream.ts";
import { film, inState, mp4 } from "@llm-tuner/gateway/testing/video-gateway.ts";
import { afterAll, describe, expect, it } from "vitest";
import { createComposedServer } from "./testing/composed-server.ts";
import { createAdmin, createPerson } from "./testing/people.ts";

const upstream = await startFakeUpstream();
const server = await createComposedServer({
  environment: { OPENAI_API_KEY: "the-key-of-the-installation", OPENAI_BASE_URL: upstream.origin.href },
});
const { app } = server;
afterAll(async () => {
  await server.close();
  await upstream.close();
});

const owner = await createPerson(app, "owner@example.org");
const stranger = await createPerson(app, "stranger@example.org");
const admin = await createAdmin(server, "admin@example.org");
const asAdmin = (method: "POST" | "PATCH", url: string, payload: object) =>
  app.inject({ method, url, headers: admin.session, payload });

const offered = await asAdmin("POST", "/api/admin/providers/models", {
  connection_id: "conn_environmentOpenai",
  model: "sora-test",
});
OfferedModel.parse(offered.json());
const rates = { video_seconds: "100000000" };
await asAdmin("POST", "/api/admin/prices", { provider: "openai", model_pattern: "sora-test", rates });

const order = async (headers = owner.session) => {
  upstream.plan(jsonAnswer(film));
  const payload = { model: "sora-test", prompt: "Waves", seconds: "8" };
  return app.inject({ method: "POST", url: "/v1/videos", headers, payload });
};
const get = (url: string, headers = owner.session) => app.inject({ url, headers });
const billOf = async (requestId: unknown) =>
  UsageRequestDetail.parse((await get(`/api/v1/usage/requests/${String(requestId)}`)).json());

describe("a video that is ordered of a provider", () => {
  it("costs its owner its seconds, and is there for them alone", async () => {
    const ordered = await order();
    expect([ordered.statusCode, ordered.headers["x-gateway-cost-nano-usd"]]).toEqual([200, "800000000"]);
    const { id } = Video.parse(ordered.json());
    upstream.plan(inState("completed", { progress: 100 }), mp4(Uint8Array.of(1, 2, 3)));
    const looked = await get(`/v1/videos/${id}`);
    expect(Video.parse(looked.json())).toMatchObject({ id, model: "sora-test", status: "completed" });
    const content = await get(`/v1/videos/${id}/content`);
    expect([content.statusCode, content.headers["content-type"], [...content.rawPayload]]).toEqual([
      200,
      "video/mp4",
      [1, 2, 3],
    ]);
    expect(upstream.requests.at(-1)?.headers.authorization).toBe("Bearer the-key-of-the-installation");
    const before = upstream.requests.length;
    for (const headers of [stranger.session, await stranger.keyWith(["chat"]), admin.session]) {
      expect((await get(`/v1/videos/${id}`, headers)).statusCode).toBe(404);
      expect((await get(`/v1/videos/${id}/content`, headers)).statusCode).toBe(404);
    }
    const unscoped = await owner.keyWith(["models:read"]);
    expect((await get(`/v1/videos/${id}`, unscoped)).statusCode).toBe(403);
    expect(upstream.requests).toHaveLength(before);
  });

  it("is given back once when it is seen to have failed", async () => {
    const ordered = await order();
    const requestId = ordered.headers["x-request-id"];
    const { id } = Video.parse(ordered.json());
    expect(await billOf(requestId)).toMatchObject({ operation: "videos", cost_nano_usd: 800_000_000 });
    const failed = inState("failed", { error: { code: "moderation_blocked", message: "No." } });
    upstream.plan(failed, failed);
    for (let looks = 0; looks < 2; looks += 1) {
      expect(Video.parse((await get(`/v1/videos/${id}`)).json()).status).toBe("failed");
    }
    const bill = await billOf(requestId);
    expect(bill.cost_nano_usd).toBe(0);
    expect(bill.entries.filter(({ kind }) => kind === "adjust")).toMatchObject([
      { amount_nano_usd: 800_000_000, reason: "The video was not made." },
    ]);
  });

  it("is refused when a budget does not cover its seconds, and asked of nobody", async () => {
    const made = await app.inject({
      method: "POST",
      url: "/api/v1/api-keys",
      headers: owner.session,
      payload: { name: "poor", scopes: ["chat"], budget: { limit_usd: 0.5 } },
    });
    expect(made.statusCode, made.body).toBe(201);
    const before = upstream.requests.length;
    const payload = { model: "sora-test", prompt: "Waves", seconds: "8" };
    const headers = { "x-api-key": String(made.json<Record<string, unknown>>().secret) };
    const refused = await app.inject({ method: "POST", url: "/v1/videos", headers, payload });
    expect([refused.statusCode, OpenAiError.parse(refused.json()).error.code]).toEqual([402, "key_budget_exceeded"]);
    expect(upstream.requests).toHaveLength(before);
  });
});
