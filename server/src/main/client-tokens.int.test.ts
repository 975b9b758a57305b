import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { createClientToken } from "@llm-tuner/contract/client-tokens.ts";
import { startTestGateway } from "@llm-tuner/gateway/testing/test-gateway.ts";
import OpenAI, { APIError } from "openai";
import { afterAll, describe, expect, it } from "vitest";
import { pageOrigin } from "../keys/testing/key-parts.ts";
import { createKeyWorld } from "../keys/testing/key-world.ts";
import { createAdmission, createAuthenticator } from "./credentials.ts";

/* Client tokens as a page uses them: the official SDK, the gateway with its real admission, a provider that is a fake. */

const world = await createKeyWorld();
afterAll(world.close);
const { call, clock } = world;
const admission = createAdmission(createAuthenticator(world.accounts, world.keys), { countCall: async () => {} });
const gateway = await startTestGateway({}, admission);
afterAll(gateway.close);

const person = await world.register();
const messages = [{ role: "user" as const, content: "What colour?" }];

async function createKey(settings: Record<string, unknown> = {}) {
  const body = { name: "server", ...settings };
  const answer = await call("POST", "/api/v1/api-keys", { as: person.token, body });
  return CreatedApiKey.parse(answer.json());
}

/** The SDK in a page that was given a token with these bounds. */
async function page(as: string, bounds: Record<string, unknown> = {}, origin = pageOrigin) {
  const answer = await call("POST", "/api/auth/client-token", { as, body: bounds });
  const { id, client_token } = createClientToken.responses[201].schema.parse(answer.json());
  const defaultHeaders = { origin };
  return {
    id,
    token: client_token,
    client: new OpenAI({ apiKey: client_token, baseURL: `${gateway.url}/v1`, maxRetries: 0, defaultHeaders }),
  };
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "it was answered",
    (error: unknown) => (error instanceof APIError ? `${error.status} ${error.code}` : error),
  );
const chatOf = (client: OpenAI, change: object = {}) =>
  client.chat.completions.create({ model: "tuned", messages, ...change });

describe("a client token at the gateway", () => {
  it("chats within its models and locks, and its requests are charged to its own counters and its key's", async () => {
    const { key, secret } = await createKey({ allowed_models: ["tuned", "org/*"], budget: { limit_usd: 1 } });
    const { id, client } = await page(secret, {
      models: ["tuned"],
      max_requests: 2,
      locked: { system: "Answer with a colour.", max_tokens: 20 },
      origin: pageOrigin,
    });
    expect((await chatOf(client)).choices[0]?.message.content).toBe("The answer is grün.");
    expect(gateway.upstream.requests.at(-1)?.body).toMatchObject({
      max_tokens: 20,
      messages: [{ role: "system", content: "Answer with a colour." }, ...messages],
    });
    expect(gateway.meter.reservations.at(-1)?.caller).toMatchObject({
      accountId: person.userId,
      keyId: key.id,
      bounds: { spend: [{ subject: `key:${key.id}` }, { subject: `client_token:${id}`, maxRequests: 2 }] },
    });
    const listed = [];
    for await (const model of client.models.list()) listed.push(model.id);
    expect(listed).toEqual(["tuned"]);
    expect(await codeOf(chatOf(client, { model: "org/tuned" }))).toBe("403 model_not_allowed");
    expect(await codeOf(chatOf(client, { max_tokens: 21 }))).toBe("400 locked_parameter");
    expect(await codeOf(chatOf(client, { stream: true, max_tokens: 21 }))).toBe("400 locked_parameter");
  });

  it("works from its own page only", async () => {
    const { secret } = await createKey();
    const { client } = await page(secret, { origin: pageOrigin }, "https://evil.test");
    expect(await codeOf(chatOf(client))).toBe("403 origin_not_allowed");
    expect(await codeOf(chatOf(client.withOptions({ defaultHeaders: { origin: pageOrigin } })))).toBe(
      "it was answered",
    );
  });

  it("ends with its time and with its key", async () => {
    const { key, secret } = await createKey();
    const [short, long] = [await page(secret, { ttl_seconds: 10 }), await page(secret, { ttl_seconds: 7200 })];
    clock.advance(10_000);
    expect(await codeOf(chatOf(short.client))).toBe("401 client_token_expired");
    expect(await codeOf(chatOf(long.client))).toBe("it was answered");
    await call("DELETE", `/api/v1/api-keys/${key.id}`, { as: person.token });
    expect(await codeOf(chatOf(long.client))).toBe("401 client_token_revoked");
    const forged = long.client.withOptions({ apiKey: `${long.token.slice(0, -1)}-` });
    expect(await codeOf(chatOf(forged))).toBe("401 invalid_api_key");
  });

  it("tells on every answer when the key that it was made with is replaced", async () => {
    const { key, secret } = await createKey();
    await call("POST", `/api/v1/api-keys/${key.id}/rotate`, { as: person.token, body: { grace_seconds: 3600 } });
    const sdk = new OpenAI({ apiKey: secret, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const { response } = await sdk.chat.completions.create({ model: "tuned", messages }).withResponse();
    const streamed = await sdk.chat.completions.create({ model: "tuned", messages, stream: true }).withResponse();
    for await (const _ of streamed.data);
    for (const { headers } of [response, streamed.response]) {
      expect(headers.get("deprecation")).toMatch(/^@\d+$/);
      expect(headers.get("sunset")).toBe(new Date(clock.now().getTime() + 3_600_000).toUTCString());
    }
  });
});
