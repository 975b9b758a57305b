import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createApiKey } from "@llm-tuner/contract/api-keys.ts";
import { setPrice } from "@llm-tuner/contract/prices.ts";
import { reserveForSatellite } from "@llm-tuner/contract/satellites.ts";
import { listUsageRequests } from "@llm-tuner/contract/usage.ts";
import { toFunction } from "@llm-tuner/gateway/hosts/firebase.ts";
import { createSatellite } from "@llm-tuner/gateway/satellite/satellite.ts";
import { readSatelliteSettings } from "@llm-tuner/gateway/satellite/settings.ts";
import { startFakeUpstream } from "@llm-tuner/gateway/testing/fake-upstream.ts";
import OpenAI, { APIError } from "openai";
import { afterAll, describe, expect, it } from "vitest";
import { silentLog } from "../platform/log/log.ts";
import { newId } from "../platform/ids.ts";
import { createComposedServer } from "./testing/composed-server.ts";
import { createAdmin, createPerson, type Person } from "./testing/people.ts";

/* The platform's side of gateways that run elsewhere: who may speak for one, and that its bill is that of the platform. */

const server = await createComposedServer();
afterAll(server.close);
const { app, database } = server;
const platformUrl = await app.listen({ host: "127.0.0.1", port: 0 });
const admin = await createAdmin(server, "admin@example.org");
const other = await createAdmin(server, "other-admin@example.org");
const person = await createPerson(app, "person@example.org");
const satellite = await admin.keyWith(["satellite"]);

const price = await app.inject({
  method: setPrice.method,
  url: setPrice.path,
  headers: admin.session,
  payload: {
    provider: "openai",
    model_pattern: "upstream-model",
    rates: { input_uncached: "1000", output_text: "3000" },
  },
});
if (price.statusCode >= 300) throw new Error(price.body);

const post = async (name: string, body: object, headers: Record<string, string> = satellite) => {
  const answer = await app.inject({ method: "POST", url: `/api/v1/satellite/${name}`, headers, payload: body });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
};
const tokenOf = ({ clientToken }: Person): string => (clientToken["authorization"] ?? "").slice("Bearer ".length);
const reservationOf = (requestId: string, credential: string) => ({
  credential,
  request_id: requestId,
  model: "upstream-model",
  candidates: [{ provider: "openai", price_model: "upstream-model" }],
  estimated_input_tokens: 10,
  max_output_tokens: 20,
  model_max_output_tokens: null,
  pieces: { images: 0, video_seconds: 0 },
  started_at: new Date().toISOString(),
});
const noCounts = {
  input_uncached: 7,
  input_cache_read: 0,
  input_cache_write_5m: 0,
  input_cache_write_1h: 0,
  input_audio: 0,
  input_image: 0,
  output_text: 5,
  output_reasoning: 0,
  output_audio: 0,
  output_image: 0,
  images: 0,
  video_seconds: 0,
};
const settlementOf = (reservation: unknown) => ({
  reservation,
  provider: "openai",
  price_model: "upstream-model",
  operation: "chat/completions",
  stream: false,
  outcome: "completed",
  usage: { counts: noCounts, source: "reported" },
  disconnect: null,
  service_tier: null,
  upstream_id: null,
  attempts: [],
  latency_ms: 12,
  first_byte_ms: 10,
  error_code: null,
});
const reserve = async (requestId = newId("request"), as = satellite) => {
  const answer = await post("reservations", reservationOf(requestId, tokenOf(person)), as);
  return { requestId, ...reserveForSatellite.responses[200].schema.parse(answer.body) };
};
const billOf = async (requestId: string) => {
  const answer = await app.inject({ url: listUsageRequests.path, headers: person.session });
  const { requests } = listUsageRequests.responses[200].schema.parse(answer.json());
  return requests.filter((request) => request.request_id === requestId);
};

describe("who may speak for a satellite", () => {
  it("is an administrator with the scope, and nobody else", async () => {
    const presented = { credential: tokenOf(person) };
    expect((await post("callers", presented)).status).toBe(200);
    const others = [
      [await person.keyWith(["satellite"]), "satellite_not_trusted"],
      [await admin.keyWith(["chat"]), "insufficient_scope"],
      [person.clientToken, "client_token_not_allowed"],
    ] as const;
    const bodies = {
      callers: presented,
      reservations: reservationOf(newId("request"), tokenOf(person)),
      settlements: settlementOf("x"),
    };
    for (const [headers, code] of others) {
      for (const [name, body] of Object.entries(bodies)) {
        const refused = await post(name, body, headers);
        expect([refused.status, refused.body["error"]]).toMatchObject([403, { code }]);
      }
    }
  });

  it("is told of a caller no more than is needed, and of a stranger that they are one", async () => {
    const known = await post("callers", { credential: tokenOf(person) });
    expect(known.body).toMatchObject({
      caller: { account: person.userId, scopes: ["chat", "models:read"] },
      refusal: null,
    });
    expect(JSON.stringify(known.body)).not.toContain(person.email);
    const stranger = await post("callers", { credential: "lp_live_nobody" });
    expect(stranger.body).toMatchObject({ caller: null, refusal: { status: 401, code: "invalid_api_key" } });
  });
});

describe("a request elsewhere", () => {
  it("is on the bill of the person who called, once, however often it is reported", async () => {
    const { requestId, reservation } = await reserve();
    for (let report = 0; report < 3; report += 1) {
      expect((await post("settlements", settlementOf(reservation))).body).toEqual({
        cost_nano_usd: 7 * 1000 + 5 * 3000,
      });
    }
    const [bill, ...more] = await billOf(requestId);
    expect(bill).toMatchObject({ request_id: requestId, provider: "openai", cost_nano_usd: 22_000 });
    expect(more).toEqual([]);
  });

  it("begins now, whatever a clock elsewhere says that is far from ours", async () => {
    const requestId = newId("request");
    const asked = { ...reservationOf(requestId, tokenOf(person)), started_at: "2020-01-01T00:00:00.000Z" };
    const answer = reserveForSatellite.responses[200].schema.parse((await post("reservations", asked)).body);
    await post("settlements", settlementOf(answer.reservation));
    const [bill] = await billOf(requestId);
    expect(bill?.cost_nano_usd).toBe(22_000);
    expect(Date.parse(bill?.time ?? "")).toBeGreaterThan(Date.parse("2026-01-01T00:00:00Z"));
  });

  it("can be settled only by who reserved it, and only as it was reserved", async () => {
    const { requestId, reservation } = await reserve();
    const sealed = String(reservation);
    const changed = `${sealed.slice(0, 20)}${sealed[20] === "A" ? "B" : "A"}${sealed.slice(21)}`;
    const stolen = await post("settlements", settlementOf(sealed), await other.keyWith(["satellite"]));
    for (const refused of [await post("settlements", settlementOf(changed)), stolen]) {
      expect([refused.status, refused.body["error"]]).toMatchObject([400, { code: "reservation_not_valid" }]);
    }
    expect(await billOf(requestId)).toEqual([]);
  });

  it("can be settled however long the list of what its credential may use", async () => {
    // Names without a pattern, which no compression makes shorter.
    const models = Array.from({ length: 99 }, () => randomBytes(150).toString("base64url"));
    const made = await app.inject({
      method: createApiKey.method,
      url: createApiKey.path,
      headers: person.session,
      payload: { name: "long", scopes: ["chat"], allowed_models: [...models, "upstream-model"] },
    });
    const { secret } = createApiKey.responses[201].schema.parse(made.json());
    const requestId = newId("request");
    const reserved = await post("reservations", reservationOf(requestId, secret));
    expect(reserved.body["refusal"]).toBeNull();
    const settled = await post("settlements", settlementOf(reserved.body["reservation"]));
    expect([settled.status, settled.body]).toEqual([200, { cost_nano_usd: 22_000 }]);
    expect(await billOf(requestId)).toHaveLength(1);
  });

  it("is refused at its reservation when the credential has been revoked since", async () => {
    const guest = await createPerson(app, "guest@example.org");
    expect((await post("callers", { credential: tokenOf(guest) })).body["refusal"]).toBeNull();
    await app.inject({ method: "POST", url: "/api/auth/logout", headers: guest.session });
    const late = await post("reservations", reservationOf(newId("request"), tokenOf(guest)));
    expect(late).toMatchObject({ status: 200, body: { reservation: null, refusal: { status: 401 } } });
  });

  it("is refused where a budget does not cover it, in the words of the platform", async () => {
    const bounded = await app.inject({
      method: "POST",
      url: "/api/auth/client-token",
      headers: person.session,
      payload: { max_spend_usd: 0.000_001 },
    });
    const { client_token: credential } = bounded.json<{ client_token: string }>();
    const answer = await post("reservations", reservationOf(newId("request"), credential));
    expect(answer.body).toMatchObject({ reservation: null, refusal: { status: 402, type: "insufficient_quota" } });
    const held = await database.execute(
      "select 1 from usage_entries where kind = 'hold' and counted::text like '%client_token%'",
    );
    expect(held).toBe(0);
  });
});

describe("a function with the platform behind it", async () => {
  const upstream = await startFakeUpstream();
  const handle = toFunction(
    createSatellite({
      settings: readSatelliteSettings({
        PLATFORM_URL: platformUrl,
        PLATFORM_API_KEY: satellite["x-api-key"],
        OPENAI_API_KEY: "sk-upstream",
        OPENAI_BASE_URL: upstream.origin.origin,
      }),
      log: silentLog,
    }).openaiGenerate,
  );
  const functions = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const { method = "GET", url = "/", headers } = request;
      handle({ method, url, headers, rawBody: Buffer.concat(pieces) }, response).catch(() => response.destroy());
    });
  });
  functions.listen(0, "127.0.0.1");
  await once(functions, "listening");
  // A TCP server's address is always an object.
  const { port } = functions.address() as AddressInfo;
  afterAll(async () => {
    functions.closeAllConnections();
    functions.close();
    await upstream.close();
  });
  const client = (apiKey: string) => new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "hello" }];

  it("answers a client token by the official SDK, and the platform has the bill", async () => {
    const { data, response } = await client(tokenOf(person))
      .chat.completions.create({ model: "upstream-model", messages })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe("The answer is grün.");
    expect(await billOf(response.headers.get("x-request-id") ?? "")).toMatchObject([
      { provider: "openai", cost_nano_usd: 22_000, input_tokens: 7, output_tokens: 5 },
    ]);
  });

  it("lets nobody in whom the platform does not know", async () => {
    const before = upstream.requests.length;
    const refused = client("lp_ct_nobody").chat.completions.create({ model: "upstream-model", messages });
    await expect(refused).rejects.toBeInstanceOf(APIError);
    expect(upstream.requests.length).toBe(before);
  });
});
