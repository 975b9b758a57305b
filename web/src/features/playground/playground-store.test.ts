import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { speedOf } from "./answer-progress.ts";
import { remedyOf } from "./failure-words.ts";
import type { Answer, Failure } from "./playground-state.ts";
import { newAnswer, withoutLane } from "./playground-state.ts";
import { createPlayground, forgetPlayground, playgroundOf, type Playground } from "./playground-store.ts";

/** The browser's storage, which the modules under test look into while they load. */
const storage = vi.hoisted(() => {
  const entries = new Map<string, string>();
  const area = {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  };
  vi.stubGlobal("localStorage", area);
  // As much of a storage as the page uses.
  return Object.assign(area, { entries }) as unknown as Storage & { entries: Map<string, string> };
});

const piece = (content: string): string => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
const end = [
  `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }] })}\n\n`,
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 2 } })}\n\n`,
  "data: [DONE]\n\n",
].join("");

/** A gateway that leaves it to each test how a model answers. */
const gateway = {
  server: undefined as Server | undefined,
  origin: "",
  answers: new Map<string, (response: ServerResponse) => void>(),
};
const Asked = z.object({ model: z.string() });
const realFetch = fetch;

beforeAll(async () => {
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => realFetch(gateway.origin + path, init));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = "";
    for await (const part of request) text += String(part);
    if (request.url === "/api/auth/client-token") {
      const expires_at = new Date(Date.now() + 3_600_000).toISOString();
      response.writeHead(201, { "content-type": "application/json" });
      response.end(JSON.stringify({ id: "ct_4YtAbCdEfGhIjKlMnOpQrS", client_token: "lp_ct_1", expires_at }));
      return;
    }
    const { model } = Asked.parse(JSON.parse(text));
    response.setHeader("x-request-id", `req_${model}`);
    gateway.answers.get(model)?.(response);
  };
  gateway.server = createServer((request, response) => void answer(request, response));
  gateway.server.listen(0, "127.0.0.1");
  await once(gateway.server, "listening");
  const address = gateway.server.address();
  gateway.origin = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
});

afterAll(() => {
  gateway.server?.closeAllConnections();
  gateway.server?.close();
  vi.unstubAllGlobals();
});

let playground: Playground;
beforeEach(() => {
  storage.entries.clear();
  gateway.answers.clear();
  playground = createPlayground("ada@example.org", storage);
  playground.change({ lanes: ["one", "two"], draft: "Hello" });
});

const answers = (): (Answer | null)[] => playground.state().turns.at(-1)?.answers ?? [];
const shown = () => answers().map((answer) => [answer?.status, answer?.content]);

/** Resolves when the page has come to this state. */
const until = (isSo: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const forget = playground.subscribe(() => {
      if (!isSo()) return;
      forget();
      resolve();
    });
  });

describe("a turn of two models", () => {
  it("streams both apart; one that fails leaves the other alone", async () => {
    const more = Promise.withResolvers<void>();
    gateway.answers.set("one", (response) => {
      response.write(piece("Hel"));
      void more.promise.then(() => response.end(piece("lo.") + end));
    });
    gateway.answers.set("two", (response) => {
      response.writeHead(503, { "content-type": "application/json" });
      const error = { message: "Not now.", type: "server_error", param: null, code: "model_unavailable" };
      response.end(JSON.stringify({ error }));
    });
    const sent = playground.send(() => true);
    expect(playground.state().draft).toBe("");
    await until(() => answers()[0]?.content === "Hel" && answers()[1]?.status === "failed");
    more.resolve();
    await sent;
    expect(shown()).toEqual([
      ["done", "Hello."],
      ["failed", ""],
    ]);
    expect(answers()[0]).toMatchObject({ inputTokens: 5, outputTokens: 2, finishReason: "stop", requestId: "req_one" });
    expect(answers()[1]).toMatchObject({ requestId: "req_two", failure: { code: "model_unavailable", status: 503 } });

    gateway.answers.set("two", (response) => response.end(piece("Now.") + end));
    await playground.askAgain(1, () => true);
    expect(shown()).toEqual([
      ["done", "Hello."],
      ["done", "Now."],
    ]);
  });

  it("is stopped as a whole, keeps what had come, and hears nothing of it afterwards", async () => {
    const closed: Promise<unknown>[] = [];
    const half = (response: ServerResponse): void => {
      closed.push(once(response, "close"));
      response.write(piece("Half"));
    };
    gateway.answers.set("one", half);
    gateway.answers.set("two", half);
    const sent = playground.send(() => true);
    await until(() => answers().every((answer) => answer?.content === "Half"));
    await playground.send(() => true);
    expect(playground.state().turns).toHaveLength(1);
    playground.stop();
    await sent;
    await Promise.all(closed);
    expect(shown()).toEqual([
      ["stopped", "Half"],
      ["stopped", "Half"],
    ]);
  });

  it("is forgotten when the person clears the page, models and parameters kept", async () => {
    for (const model of ["one", "two"]) gateway.answers.set(model, (response) => void response.write(piece("Half")));
    const sent = playground.send(() => true);
    await until(() => answers().every((answer) => answer?.content === "Half"));
    playground.change({ system: "Be brief." });
    playground.clear();
    await sent;
    expect(playground.state()).toMatchObject({ lanes: ["one", "two"], turns: [], system: "", draft: "" });
  });

  it("loses the answers of a lane that is taken away", async () => {
    for (const model of ["one", "two"]) gateway.answers.set(model, (response) => response.end(piece(model) + end));
    await playground.send(() => true);
    playground.change(withoutLane(playground.state(), 0));
    expect([playground.state().lanes, shown()]).toEqual([["two"], [["done", "two"]]]);
  });
});

describe("whoever signs out", () => {
  it("leaves nothing in the browser, what was about to be written neither, and breaks off what is coming", async () => {
    const mine = playgroundOf("ada@example.org");
    mine.change({ lanes: ["one"], draft: "A secret" });
    await expect.poll(() => storage.entries.get("llm-tuner.playground")).toContain("A secret");
    const closed = Promise.withResolvers<void>();
    gateway.answers.set("one", (response) => {
      response.once("close", () => closed.resolve());
      response.write(piece("Half"));
    });
    const sent = mine.send(() => true);
    await expect.poll(() => mine.state().turns.at(-1)?.answers[0]?.content).toBe("Half");
    forgetPlayground();
    await Promise.all([sent, closed.promise]);
    // Longer than a change waits for the storage.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect([...storage.entries.keys()]).not.toContain("llm-tuner.playground");
    expect(playgroundOf("ada@example.org").state()).toMatchObject({ draft: "", turns: [] });
  });
});

describe("what stands under an answer", () => {
  it("is a speed without the wait before the first token", () => {
    const answer = { ...newAnswer("one"), outputTokens: 50, firstTokenMs: 500, totalMs: 1500 };
    expect(speedOf(answer)).toBe(50);
    expect(speedOf({ ...answer, firstTokenMs: 1500 })).toBeNull();
    expect(speedOf(newAnswer("one"))).toBeNull();
  });

  it.each<[Partial<Failure>, RegExp]>([
    [{ code: "model_not_found", status: 404 }, /Choose another model/],
    [{ code: "key_daily_spend_exceeded", status: 402 }, /until the budget begins anew/],
    [{ code: "account_tokens_per_minute_exceeded", status: 429, retryAfterSeconds: 7.2 }, /It may work in 8 s\.$/],
    [{ code: "unheard_of", status: 500 }, /^Ask again/],
  ])("is what to do about %j", (failure, words) => {
    expect(remedyOf({ code: "", message: "", status: 0, retryAfterSeconds: null, field: null, ...failure })).toMatch(
      words,
    );
  });
});
