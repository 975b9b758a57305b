import { request } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startFakeAnthropic } from "./anthropic/anthropic.ts";
import type { BehaviourInput } from "./behaviour.ts";
import type { FakeProvider } from "./fake-provider.ts";
import { startFakeGemini } from "./gemini/gemini.ts";
import type { EndedCall } from "./journal.ts";
import { startFakeOpenAi } from "./openai/openai.ts";
import { addUsage, usageOf } from "./usage.ts";

const text = "[[fake: text Grün 日本 one two three]]";
const messages = [{ role: "user", content: text }];

interface Provider {
  fake: FakeProvider;
  path: string;
  headers(): Record<string, string>;
  body: object;
}

// Filled before the tests.
const providers = {} as Record<"openai" | "anthropic" | "gemini", Provider>;

beforeAll(async () => {
  const [openai, anthropic, gemini] = await Promise.all([startFakeOpenAi(), startFakeAnthropic(), startFakeGemini()]);
  providers.openai = {
    fake: openai,
    path: "/v1/chat/completions",
    headers: () => ({ authorization: `Bearer ${openai.apiKey}` }),
    body: {
      model: "gpt-4.1",
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
      messages,
    },
  };
  providers.anthropic = {
    fake: anthropic,
    path: "/v1/messages",
    headers: () => ({ "x-api-key": anthropic.apiKey, "anthropic-version": "2023-06-01" }),
    body: { model: "claude-haiku-4-5", max_tokens: 100, stream: true, messages },
  };
  providers.gemini = {
    fake: gemini,
    path: "/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse",
    headers: () => ({ "x-goog-api-key": gemini.apiKey }),
    body: { contents: [{ role: "user", parts: [{ text }] }] },
  };
});
beforeEach(() => {
  for (const { fake } of Object.values(providers)) fake.clear();
});
afterAll(() => Promise.all(Object.values(providers).map(({ fake }) => fake.close())));

const names = ["openai", "anthropic", "gemini"] as const;

const call = (name: (typeof names)[number], behaviour?: BehaviourInput, init: RequestInit & { more?: object } = {}) => {
  const { fake, path, headers, body } = providers[name];
  if (behaviour !== undefined) fake.plan(behaviour);
  const { more, ...rest } = init;
  const sent = { ...headers(), "content-type": "application/json", "x-request-id": `for ${name}` };
  return fetch(fake.origin + path, {
    method: "POST",
    headers: sent,
    body: JSON.stringify({ ...body, ...more }),
    ...rest,
  });
};

/** The last call of a fake, once all its calls have ended. */
const lastEnded = async (name: (typeof names)[number]): Promise<EndedCall> => {
  const { fake } = providers[name];
  await fake.reached("ended", fake.calls().length);
  const last = fake.calls().at(-1);
  if (last?.event !== "ended") throw new Error("the last call has not ended");
  return last;
};

/** The pieces in which an answer arrives at a socket. */
const piecesOf = (name: (typeof names)[number]): Promise<Buffer[]> => {
  const { fake, path, headers, body } = providers[name];
  return new Promise((resolve, reject) => {
    const outgoing = request(fake.origin + path, { method: "POST", headers: headers() }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () => resolve(pieces));
    });
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(body));
  });
};

const withoutIds = (answer: string): string => answer.replaceAll(/"(id|responseId|created)":("[^"]*"|\d+)/g, '"$1":0');

describe.each(names)("the faults of the fake of %s", (name) => {
  it("writes down whose call it was, and what it would have cost", async () => {
    await (await call(name)).text();
    expect(await lastEnded(name)).toMatchObject({
      requestId: `for ${name}`,
      path: providers[name].path.split("?")[0],
      stream: true,
      outcome: "finished",
      written: { text: 5, reasoning: 0 },
      usage: { outputText: 5 },
      usageReported: true,
    });
  });

  it("fails before a byte with the bodies of proxies, too", async () => {
    const failed = async (error: BehaviourInput["error"]) => {
      const response = await call(name, { error });
      return [response.status, response.headers.get("content-type"), await response.text()] as const;
    };
    expect(await failed({ status: 502, body: "html" })).toEqual([502, "text/html", expect.stringContaining("<h1>")]);
    expect(await failed({ status: 503, body: "text" })).toEqual([
      503,
      "text/plain",
      expect.stringContaining("upstream"),
    ]);
    expect(await failed({ status: 500, body: "empty" })).toEqual([500, "text/plain", ""]);
    expect((await call(name, { error: { status: 204, body: "empty" } })).status).toBe(204);
    expect(JSON.parse((await failed({ status: 500, body: "array" }))[2])).toEqual([expect.anything()]);
    const limited = await call(name, { error: { status: 429, retryAfterSeconds: 3 } });
    expect(limited.headers.get("retry-after")).toBe(name === "gemini" ? null : "3");
    expect(await lastEnded(name)).toMatchObject({ outcome: "fault", fault: "error", usage: usageOf() });
  });

  it("breaks off in the middle, by a reset or by an end that looks proper, and bills what it wrote", async () => {
    await expect(call(name, { truncate: { afterEvents: 4 } }).then((response) => response.text())).rejects.toThrow(
      /terminated/,
    );
    const broken = await lastEnded(name);
    expect(broken).toMatchObject({
      outcome: "fault",
      fault: "truncate",
      usageReported: false,
      planned: { outputText: 5 },
    });
    expect(broken.usage.outputText).toBe(broken.written.text);
    expect(broken.usage.outputText).toBeLessThan(5);
    const short = await (await call(name, { truncate: { afterEvents: 4, how: "end" } })).text();
    expect(withoutIds(await (await call(name)).text())).toContain(withoutIds(short));
  });

  it("stalls until it is released, or until the client leaves", async () => {
    const { fake } = providers[name];
    const response = await call(name, { stall: { afterEvents: 3 } });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    fake.release();
    while ((await reader?.read())?.done === false);
    expect(await lastEnded(name)).toMatchObject({ outcome: "finished" });
    const abort = new AbortController();
    const left = await call(name, { stall: { afterEvents: 4 } }, { signal: abort.signal });
    await left.body?.getReader().read();
    abort.abort();
    const gone = await lastEnded(name);
    expect(gone).toMatchObject({ outcome: "client_gone", usageReported: false });
    expect(gone.usage).toEqual(usageOf({ ...gone.planned, outputText: gone.written.text }));
  });

  it("notes a client that leaves before the headers", async () => {
    const { fake } = providers[name];
    const abort = new AbortController();
    const count = fake.calls().length + 1;
    const waiting = call(name, { latencyMs: { headers: 600_000 } }, { signal: abort.signal });
    await fake.reached("arrived", count);
    abort.abort();
    await expect(waiting).rejects.toThrow(/abort/);
    expect(await lastEnded(name)).toMatchObject({ outcome: "client_gone", status: null, usage: usageOf() });
  });

  it("waits before the first event, and between events, as long as it is told", async () => {
    const leave = async (latencyMs: BehaviourInput["latencyMs"], events: number) => {
      const abort = new AbortController();
      const response = await call(name, { latencyMs }, { signal: abort.signal });
      if (events > 0) await response.body?.getReader().read();
      abort.abort();
      return lastEnded(name);
    };
    const early = { outcome: "client_gone", status: 200, written: { text: 0, reasoning: 0 }, usageReported: false };
    expect(await leave({ firstEvent: 600_000 }, 0)).toMatchObject(early);
    const later = await leave({ between: 600_000 }, 1);
    expect(later).toMatchObject({ outcome: "client_gone" });
    expect(later.written.text).toBe(name === "gemini" ? 1 : 0);
    expect(later.usage.inputUncached).toBe(later.planned.inputUncached);
  });

  it("cuts its bytes anywhere, and stays the same in sum", async () => {
    const { fake } = providers[name];
    const plain = withoutIds(Buffer.concat(await piecesOf(name)).toString());
    fake.plan({ framing: { split: "characters" } });
    const cut = await piecesOf(name);
    expect(withoutIds(Buffer.concat(cut).toString())).toBe(plain);
    expect(cut.some((piece) => (piece.at(-1) ?? 0) >= 0xc0)).toBe(true);
    fake.plan({ framing: { split: "bytes" } });
    const bytes = await piecesOf(name);
    expect(withoutIds(Buffer.concat(bytes).toString())).toBe(plain);
    expect(bytes.length).toBeGreaterThan(plain.length / 2);
    fake.plan({ framing: { joined: 100 } });
    const joined = await piecesOf(name);
    expect(joined).toHaveLength(1);
    expect(withoutIds(String(joined[0]))).toBe(plain);
  });

  it("frames events in every way that the standard allows, and in one that it does not", async () => {
    const plain = withoutIds(await (await call(name)).text());
    const framed = async (framing: BehaviourInput["framing"]) =>
      withoutIds(Buffer.from(await (await call(name, { framing })).arrayBuffer()).toString());
    expect(await framed({ crlf: true })).toBe(plain.replaceAll("\n", "\r\n"));
    expect(await framed({ bom: true })).toBe(`\uFEFF${plain}`);
    expect((await framed({ comments: true })).replaceAll(": keep-alive\n\n", "")).toBe(plain);
    expect(await framed({ noLastBlankLine: true })).toBe(plain.slice(0, -1));
    const [huge = ""] = (await (await call(name, { hugeLineBytes: 1_000_000 })).text()).split("\n\n");
    expect(huge.length).toBeGreaterThan(1_000_000);
    const packed = await call(name, { compress: "gzip" });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(withoutIds(await packed.text())).toBe(plain);
  });

  it("reports usage twice, everywhere, not at all, or as nothing", async () => {
    const counts = async (usage: BehaviourInput["usage"]) => {
      const answer = await (await call(name, { usage })).text();
      const numbers = [...answer.matchAll(/"(?:completion_tokens|output_tokens|candidatesTokenCount)":(\d+)/g)];
      return numbers.map(([, number]) => Number(number));
    };
    const twice = await counts("twice");
    expect(twice.slice(-2)).toEqual([5, 5]);
    expect(new Set(await counts("everyChunk")).size).toBeGreaterThanOrEqual(5);
    expect(await counts("none")).toEqual([]);
    expect(await lastEnded(name)).toMatchObject({ usageReported: false, usage: { outputText: 5 } });
    expect(new Set(await counts("zero"))).toEqual(new Set([0]));
    expect(await lastEnded(name)).toMatchObject({ usage: usageOf() });
  });

  it("fails every nth call, or a share of them that a seed draws", async () => {
    const { fake } = providers[name];
    const statuses = async (count: number) => {
      const seen: number[] = [];
      for (let at = 0; at < count; at++) seen.push((await call(name)).status);
      return seen;
    };
    fake.behave({ every: 3, error: { status: 429 } });
    expect(await statuses(6)).toEqual([200, 200, 429, 200, 200, 429]);
    fake.behave({ percent: 50, error: { status: 503 } });
    const drawn = await statuses(20);
    expect(drawn.filter((status) => status === 503).length).toBeGreaterThan(4);
    fake.behave({ percent: 50, error: { status: 503 } });
    expect(await statuses(20)).toEqual(drawn);
  });

  it("plays a script to the byte, and does what the prompt says", async () => {
    const raw = {
      status: 200,
      headers: { "content-type": "text/odd" },
      pieces: ["a", "é", "b"],
      usage: { outputText: 3 },
    };
    const response = await call(name, { raw });
    expect([response.headers.get("content-type"), await response.text()]).toEqual(["text/odd", "aéb"]);
    expect(await lastEnded(name)).toMatchObject({ fault: "raw", usage: { outputText: 3 } });
    const say = (content: string) =>
      name === "gemini" ? { contents: [{ parts: [{ text: content }] }] } : { messages: [{ role: "user", content }] };
    expect(
      (
        await call(name, undefined, {
          body: JSON.stringify({ ...providers[name].body, ...say("[[fake: error 418]]") }),
        })
      ).status,
    ).toBe(418);
    expect(
      (await call(name, undefined, { body: JSON.stringify({ ...providers[name].body, ...say("[[fake: dance]]") }) }))
        .status,
    ).toBe(599);
    expect((await call(name, { match: { path: "elsewhere" }, error: { status: 500 } })).status).toBe(200);
  });

  it("totals the sum of what it wrote down", async () => {
    const { fake } = providers[name];
    await lastEnded(name);
    const ended = fake.calls().flatMap((one) => (one.event === "ended" ? [one.usage] : []));
    expect(fake.totals().usage).toEqual(ended.reduce((sum, one) => addUsage(sum, one), usageOf()));
    expect(fake.totals()).toMatchObject({ calls: fake.calls().length, open: 0 });
    expect(fake.requests().at(-1)?.body).toMatchObject(providers[name].body);
  });
});

describe("a whole answer", () => {
  it("ends in the middle of its JSON, by a reset or by an end that looks proper", async () => {
    const more = { stream: false, stream_options: undefined };
    const short = await (await call("openai", { truncate: { afterEvents: 0, how: "end" } }, { more })).text();
    expect(short.length).toBeGreaterThan(20);
    expect(() => JSON.parse(short)).toThrow(SyntaxError);
    await expect(
      call("openai", { truncate: { afterEvents: 0 } }, { more }).then((answer) => answer.text()),
    ).rejects.toThrow(/terminated/);
    expect(await lastEnded("openai")).toMatchObject({ outcome: "fault", fault: "truncate", usage: { outputText: 0 } });
    expect(await (await call("openai", undefined, { more })).json()).toMatchObject({ usage: { completion_tokens: 5 } });
  });
});
