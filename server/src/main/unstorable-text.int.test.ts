import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { startFakeUpstream, jsonAnswer } from "@llm-tuner/gateway/testing/fake-upstream.ts";
import { film } from "@llm-tuner/gateway/testing/video-gateway.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { addressOf } from "../platform/testing/route-walk.ts";
import { type Place, placesOfTexts, withTextAt } from "../platform/testing/sample-request.ts";
import { createComposedServer } from "./testing/composed-server.ts";
import { createAdmin, createPerson, password } from "./testing/people.ts";

const upstream = await startFakeUpstream();
const server = await createComposedServer({
  environment: { OPENAI_API_KEY: "the-key-of-the-installation", OPENAI_BASE_URL: upstream.origin.href },
});
const { app, database, served } = server;
afterAll(async () => {
  await server.close();
  await upstream.close();
});

const admin = await createAdmin(server, "admin@example.org");
const person = await createPerson(app, "ada@example.org");
const offer = { connection_id: "conn_environmentOpenai", model: "sora-test" };
await app.inject({ method: "POST", url: "/api/admin/providers/models", headers: admin.session, payload: offer });
const jsonOf = (body: unknown) => ({ payload: JSON.stringify(body), headers: { "content-type": "application/json" } });

const hostile = [
  ["NUL", "a\u0000b"],
  ["a lone surrogate", "a\ud800b"],
] as const;

/** Each character counts in these, and nothing but a hash of them is kept. */
const takesAnything = new Set(["password", "new_password", "current_password"]);

interface Tried {
  what: string;
  status: number;
  body: string;
}

/** Answers that have not been refused as they should be. */
const faultsOf = (tried: readonly Tried[], isRight: (status: number) => boolean): string[] =>
  tried.filter(({ status }) => !isRight(status)).map(({ what, status, body }) => `${what}: ${status} ${body}`);

async function tryBodies(endpoint: Endpoint, text: string, places: readonly Place[]): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const place of places) {
    // Each call ends nobody's session but that of somebody who was made for it.
    const { headers, payload } = jsonOf(withTextAt(place, text));
    const answer = await app.inject({
      method: endpoint.method,
      url: addressOf(endpoint),
      headers: { ...headers, ...(endpoint.access === "public" ? {} : admin.session) },
      payload,
    });
    tried.push({ what: `${endpoint.id} ${place.path.join(".")}`, status: answer.statusCode, body: answer.body });
  }
  return tried;
}

const isSecretText = ({ path }: Place): boolean => takesAnything.has(String(path.at(-1)));
const ofPlatform = served.filter(({ id }) => !server.rawIds.has(id));

describe.each(hostile)("%s, which the database keeps in no text", (_name, text) => {
  it("is refused in every text of every body, by its field, and never is a fault of the server", async () => {
    const faults: string[] = [];
    for (const endpoint of ofPlatform) {
      if (endpoint.body === undefined) continue;
      const places = placesOfTexts(endpoint.body).filter((place) => !isSecretText(place));
      faults.push(...faultsOf(await tryBodies(endpoint, text, places), (status) => status === 400));
    }
    expect(faults).toEqual([]);
  });

  it("is no fault of the server in a password, where it counts", async () => {
    const places = ofPlatform.flatMap((endpoint) =>
      endpoint.body === undefined
        ? []
        : placesOfTexts(endpoint.body)
            .filter(isSecretText)
            .map((place) => ({ endpoint, place })),
    );
    expect(places.length).toBeGreaterThan(5);
    for (const { endpoint, place } of places) {
      const [tried] = await tryBodies(endpoint, text, [place]);
      expect(tried?.status, tried?.what).toBeLessThan(500);
      expect(tried?.body).not.toContain("U+");
    }
    const email = `${text.length}-${text.charCodeAt(1)}@example.org`;
    const account = { email, password: `${password}${text}` };
    const call = (url: string, given: object) => app.inject({ method: "POST", url, ...jsonOf(given) });
    expect((await call("/api/auth/register", account)).statusCode).toBe(201);
    expect((await call("/api/auth/login", account)).statusCode).toBe(200);
    expect((await call("/api/auth/login", { email, password: `${password}a` })).statusCode).toBe(401);
  });

  it("is refused with the field, and what to do", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/v1/api-keys",
      ...jsonOf({ name: text, scopes: ["chat"] }),
      headers: { ...person.session, "content-type": "application/json" },
    });
    expect(answer.statusCode).toBe(400);
    const { error } = ApiError.parse(answer.json());
    expect(error.code).toBe("invalid_characters");
    expect(error.details?.places?.[0]).toEqual({ field: "name", excerpt: "a\uFFFDb" });
    expect(error.details?.remedy).not.toBe("");
  });

  it("is refused in the names of fields as well", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/admin/prices",
      ...jsonOf({ provider: "openai", model_pattern: "m", rates: { [text]: "1" } }),
      headers: { ...admin.session, "content-type": "application/json" },
    });
    expect(answer.statusCode).toBe(400);
    const { error } = ApiError.parse(answer.json());
    expect([error.code, error.details?.places]).toEqual([
      "invalid_characters",
      [{ field: "rates", excerpt: "a\uFFFDb" }],
    ]);
  });
});

describe("NUL", () => {
  it("is refused in every parameter of a query", async () => {
    const faults: string[] = [];
    for (const endpoint of ofPlatform) {
      for (const name of Object.keys(endpoint.query?.shape ?? {})) {
        const url = `${addressOf(endpoint)}?${name}=a%00b`;
        const { statusCode: status, body } = await app.inject({
          method: endpoint.method,
          url,
          headers: endpoint.access === "public" ? {} : admin.session,
        });
        faults.push(...faultsOf([{ what: url, status, body }], (code) => code === 400));
      }
    }
    expect(faults).toEqual([]);
  });

  it("leads to no page of a list when it stands in a cursor", async () => {
    const cursor = Buffer.from(JSON.stringify([new Date().toISOString(), "a\u0000b"])).toString("base64url");
    const faults: string[] = [];
    for (const endpoint of ofPlatform) {
      for (const name of ["cursor", "after"].filter((known) => known in (endpoint.query?.shape ?? {}))) {
        const url = `${addressOf(endpoint)}?${name}=${cursor}`;
        const { statusCode: status, body } = await app.inject({ method: "GET", url, headers: admin.session });
        faults.push(...faultsOf([{ what: url, status, body }], (code) => code < 500));
      }
    }
    expect(faults).toEqual([]);
  });

  it("is no fault of the server in an address", async () => {
    const faults: string[] = [];
    for (const endpoint of served) {
      for (const name of Object.keys(endpoint.params?.shape ?? {})) {
        const url = addressOf({ ...endpoint, path: endpoint.path.replace(`{${name}}`, "a%00b") });
        const { statusCode: status, body } = await app.inject({
          method: endpoint.method,
          url,
          headers: endpoint.access === "public" ? {} : admin.session,
        });
        faults.push(...faultsOf([{ what: `${endpoint.id} ${url}`, status, body }], (code) => code < 500));
      }
    }
    expect(faults).toEqual([]);
  });

  const form = (parts: string): { payload: string; headers: Record<string, string> } => ({
    payload: `--edge\r\n${parts}\r\n--edge--\r\n`,
    headers: { ...person.session, "content-type": "multipart/form-data; boundary=edge" },
  });

  it("is refused in a field of a form", async () => {
    const faults: string[] = [];
    for (const endpoint of ofPlatform.filter(({ multipart }) => multipart !== undefined && multipart !== false)) {
      for (const name of ["name", "tags", "tagger", "languages", "url_column", "purpose"]) {
        const answer = await app.inject({
          method: endpoint.method,
          url: addressOf(endpoint),
          ...form(
            `content-disposition: form-data; name="${name}"\r\n\r\na\u0000b\r\n--edge\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\nurl\r\nhttps://a.example/a.pdf\r\n`,
          ),
        });
        const tried = { what: `${endpoint.id} ${name}`, status: answer.statusCode, body: answer.body };
        // An endpoint without a form of its own takes files, and reads no field.
        const isRight = (status: number) => (endpoint.form === undefined ? status < 500 : status === 400);
        faults.push(...faultsOf([tried], isRight));
      }
    }
    expect(faults).toEqual([]);
  });
});

const countRow = z.object({ count: z.coerce.number() });
const isOnBill = async (requestId: unknown): Promise<boolean> => {
  const sql = "select count(*) from usage_requests where request_id = $1";
  return (await database.row(countRow, sql, [String(requestId)]))?.count === 1;
};
const chatAnswer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4.1",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
};
const response = {
  id: "resp_up",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "gpt-4.1",
  output: [
    {
      type: "message",
      id: "msg_1",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Hello", annotations: [] }],
    },
  ],
  usage: { input_tokens: 3, output_tokens: 1, total_tokens: 4 },
};

describe.each(hostile)("%s in what a model is asked", (_name, text) => {
  const post = (url: string, body: unknown) =>
    app.inject({
      method: "POST",
      url,
      ...jsonOf(body),
      headers: { ...person.session, "content-type": "application/json" },
    });

  it("reaches the model, and is no fault of the server in any other text", async () => {
    const asked = await post("/v1/chat/completions", { model: "gpt-4.1", messages: [{ role: "user", content: text }] });
    expect(asked.statusCode).toBe(200);
    expect(upstream.requests.at(-1)?.body.messages).toEqual([{ role: "user", content: text }]);
    const faults: string[] = [];
    for (const endpoint of served.filter(({ id, body }) => server.rawIds.has(id) && body !== undefined)) {
      const places = endpoint.body === undefined ? [] : placesOfTexts(endpoint.body);
      faults.push(...faultsOf(await tryBodies(endpoint, text, places), (status) => status < 500));
    }
    expect(faults).toEqual([]);
  });

  it("stands on the bill, in what the provider calls the request as well", async () => {
    upstream.plan(jsonAnswer({ ...chatAnswer, id: `chatcmpl-${text}`, service_tier: text }));
    const asked = await post("/v1/chat/completions", { model: "gpt-4.1", messages: [{ role: "user", content: "Hi" }] });
    expect(asked.statusCode).toBe(200);
    await expect.poll(() => isOnBill(asked.headers["x-request-id"])).toBe(true);
  });

  it("is kept in a stored response as the character that stands for one that cannot be shown", async () => {
    upstream.plan(jsonAnswer({ ...response, metadata: { note: text } }));
    const answer = await post("/v1/responses", {
      model: "gpt-4.1",
      input: text,
      metadata: { note: text },
      store: true,
    });
    expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)]);
    const { id } = z.object({ id: z.string() }).parse(answer.json());
    const kept = await app.inject({ url: `/v1/responses/${id}`, headers: person.session });
    expect([kept.statusCode, kept.json().metadata]).toEqual([200, { note: "a\uFFFDb" }]);
  });

  it("is kept of a video in the same way", async () => {
    upstream.plan(jsonAnswer({ ...film, prompt: text }));
    const answer = await post("/v1/videos", { model: "sora-test", prompt: text, seconds: "8" });
    expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)]);
  });
});
