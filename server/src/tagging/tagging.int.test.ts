import { CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { getTaggingQuality, TaggerEvaluation, TaggingSettings } from "@llm-tuner/contract/tagging.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { storedCallerOf } from "../platform/http/stored-caller.ts";
import type { Caller } from "../platform/http/caller.ts";
import { testCaller } from "../platform/testing/test-app.ts";
import { estimateTokens } from "./model/token-estimate.ts";
import { refuses, requestOf, says } from "./testing/fake-model.ts";
import { createTaggingWorld } from "./testing/tagging-world.ts";

const world = await createTaggingWorld();
const { ada, bob, call, callers, database, held, tagging, upstream } = world;
const { tagger } = tagging;
afterAll(() => world.close());
const never = new AbortController().signal;

const by = (name: string): Caller => callers[name] ?? testCaller({ userId: ada });
const messageOf = (error: unknown): string =>
  error instanceof Error && "details" in error ? `${error.message} ${JSON.stringify(error.details)}` : String(error);
const refusalOf = ({ status, json }: { status: number; json: () => unknown }): [number, string] => [
  status,
  ApiError.parse(json()).error.code,
];
const tag = (caller: Caller | null, model: string) =>
  tagger.tag(requestOf({ caller: caller === null ? null : storedCallerOf(caller), tagger: model }), never);

beforeAll(async () => {
  await world.offer("good-tagger");
  await world.offer("other-tagger");
  world.platformModels.add("ft:starter:ada::1", ada);
});

describe("who tags", () => {
  it("is whom the request names, else whom the person chose, else the platform's", async () => {
    const platform = world.createModule({ defaultTagger: "other-tagger" }).tagger;
    expect(await tagger.choose(by("ada"), undefined)).toBe("offline");
    expect(await platform.choose(by("ada"), undefined)).toBe("other-tagger");
    const chosen = await call("PATCH", "/api/tagging/settings", { body: { tagger: "good-tagger" } });
    expect(TaggingSettings.parse(chosen.json())).toEqual({ tagger: "good-tagger", is_default: false });
    expect(await platform.choose(by("ada"), undefined)).toBe("good-tagger");
    expect(await platform.choose(by("ada"), "offline")).toBe("offline");
    expect(await platform.choose(by("bob"), undefined)).toBe("other-tagger");
    await call("PATCH", "/api/tagging/settings", { body: { tagger: null } });
    const settings = await call("GET", "/api/tagging/settings");
    expect(TaggingSettings.parse(settings.json())).toEqual({ tagger: "offline", is_default: true });
  });

  it("must be there for the caller; else those that there are are named", async () => {
    expect(await tagger.choose(by("ada"), "ft:starter:ada::1")).toBe("ft:starter:ada::1");
    for (const name of ["nothing", "ft:starter:ada::1"]) {
      const message = messageOf(await tagger.choose(by("bob"), name).catch((error: unknown) => error));
      expect(message).toContain(`no tagger ${name}`);
      expect(message).toMatch(/offline.*good-tagger/);
      expect(message).not.toContain("Use ft:");
    }
    const refused = await call("PATCH", "/api/tagging/settings", { body: { tagger: "nothing" } });
    expect(refusalOf(refused)).toEqual([400, "unknown_tagger"]);
  });

  it("without an account is the offline tagger", async () => {
    expect(await tagger.choose(null, undefined)).toBe("offline");
    const message = messageOf(await tagger.choose(null, "good-tagger").catch((error: unknown) => error));
    expect(message).toContain("Without an account");
    expect(await tag(null, "offline")).toMatchObject({ ok: true, result: { source: "offline", costNanoUsd: 0 } });
    expect(await tag(null, "good-tagger")).toMatchObject({ ok: false, kind: "refused" });
  });

  it("that the platform cannot ask is to be tried later", async () => {
    const away = () => Promise.reject(new Error("the database is away"));
    const { tagger: broken } = world.createModule({}, { accounts: { standingOf: away } });
    const request = requestOf({ caller: storedCallerOf(by("ada")), tagger: "good-tagger" });
    expect(await broken.tag(request, never)).toMatchObject({ ok: false, kind: "retry", costNanoUsd: 0 });
    await expect(broken.tag(request, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });

  it("has a provider and a price", async () => {
    expect(await tagger.providerOf("offline")).toBe("offline");
    expect(await tagger.providerOf("good-tagger")).toBe("server-of-good-tagger");
    expect(await tagger.providerOf("ft:starter:ada::1")).toBe("tuned");
    expect(await tagger.estimate("offline", 1_000, null)).toEqual({ low: 0, expected: 0, high: 0 });
    const short = await tagger.estimate("good-tagger", 1_000, by("ada"));
    const long = await tagger.estimate("good-tagger", 1_000_000_000, by("ada"));
    const numbers = [short?.low, short?.expected, short?.high, long?.high];
    expect(numbers).toEqual(numbers.toSorted((first, second) => (first ?? 0) - (second ?? 0)));
    expect(long?.high).toBeLessThan(5_000_000);
    expect(await tagger.estimate("nothing", 1_000, by("ada"))).toBeNull();
  });
});

describe("a model with a small context", () => {
  it("is shown as much of a text as it takes", async () => {
    await world.offer("small-tagger", { context_window: 2_048 });
    const text = "Überweisung der Gebühren. ".repeat(2_000);
    const request = requestOf({ caller: storedCallerOf(by("ada")), tagger: "small-tagger" });
    upstream.plan(says('{"tags":["Gebühren"]}'));
    expect(await tagger.tag({ ...request, document: { ...request.document, text } }, never)).toMatchObject({
      ok: true,
    });
    const { messages, max_tokens } = Question.parse(upstream.requests.at(-1)?.body);
    const tokens = estimateTokens(messages.map(({ content }) => content).join("\n"));
    expect(tokens + max_tokens).toBeLessThan(2_048);
    expect(tokens + max_tokens).toBeGreaterThan(1_500);
  });
});

const Question = z.object({ max_tokens: z.number(), messages: z.array(z.object({ content: z.string() })) });

const Bill = z.object({ cost: z.coerce.number(), requests: z.coerce.number() });
const billOf = async (userId: string) => {
  await world.flush();
  const text =
    "select coalesce(sum(cost_nano_usd), 0) as cost, count(*) as requests from usage_requests where user_id = $1";
  return database.row(Bill, text, [userId]);
};

describe("what a model costs", () => {
  it("is on the ledger of whoever asked, to the nano-USD, repairs included", async () => {
    const before = await billOf(ada);
    upstream.plan(says("no JSON"), says('{"tags":["Invoice"]}'), refuses("too busy", { status: 500 }));
    const outcome = await tag(by("ada"), "good-tagger");
    const failed = await tag(by("ada"), "good-tagger");
    expect(failed).toMatchObject({ ok: false, kind: "retry" });
    const after = await billOf(ada);
    const spent = (after?.cost ?? 0) - (before?.cost ?? 0);
    expect(spent).toBe(2 * (100 * 100 + 10 * 200));
    expect(outcome).toMatchObject({
      ok: true,
      result: { source: "model", costNanoUsd: spent, tags: [{ name: "Invoice" }] },
    });
    expect((after?.requests ?? 0) - (before?.requests ?? 0)).toBe(3);
  });
});

describe("a caller of earlier", () => {
  const createKey = async (body: object) =>
    CreatedApiKey.parse((await call("POST", "/api/v1/api-keys", { body: { name: "key", ...body } })).json());
  const callerOf = async (secret: string) => world.keys.authenticateApiKey(secret);

  it("may ask for the models of the key alone", async () => {
    const { secret } = await createKey({ allowed_models: ["good-*"] });
    const caller = await callerOf(secret);
    expect(await tagger.choose(caller, "good-tagger")).toBe("good-tagger");
    const message = messageOf(await tagger.choose(caller, "other-tagger").catch((error: unknown) => error));
    expect(message).toContain("Use offline, good-tagger.");
    const before = upstream.requests.length;
    expect(await tag(caller, "other-tagger")).toMatchObject({ ok: false, kind: "refused" });
    expect(upstream.requests).toHaveLength(before);
  });

  it("pays within the key's budget as it is now", async () => {
    const { key, secret } = await createKey({ budget: { limit_usd: 0.0001, period: "total" } });
    const caller = await callerOf(secret);
    expect(await tag(caller, "good-tagger")).toMatchObject({ ok: false, kind: "over_budget" });
    await call("PATCH", `/api/v1/api-keys/${key.id}`, { body: { budget: { limit_usd: 1, period: "total" } } });
    upstream.plan(says('{"tags":["Invoice"]}'));
    expect(await tag(caller, "good-tagger")).toMatchObject({ ok: true });
  });

  it("does nothing more with a key that was revoked, nor when the account is closed", async () => {
    const { key, secret } = await createKey({});
    const caller = await callerOf(secret);
    const { status } = await call("DELETE", `/api/v1/api-keys/${key.id}`);
    expect(status).toBeLessThan(300);
    const before = upstream.requests.length;
    expect(await tag(caller, "good-tagger")).toMatchObject({ ok: false, kind: "over_budget" });
    const gone = testCaller({ userId: await world.addUser() });
    await database.execute("update users set disabled_at = $2 where id = $1", [gone.userId, world.clock.now()]);
    await expect.poll(async () => (await world.accounts.standingOf(gone.userId)).isActive).toBe(false);
    expect(await tag(gone, "good-tagger")).toMatchObject({ ok: false, kind: "over_budget" });
    expect(upstream.requests).toHaveLength(before);
  });
});

const heldOut = (digit: string): string => digit.repeat(56) + "0000000a";
const qualityOf = async (as: string) =>
  getTaggingQuality.responses[200].schema.parse((await call("GET", "/api/tagging/quality", { as })).json());

describe("how good a tagger is", () => {
  it("follows from what people decided, by tagger and version of its prompt", async () => {
    const model = { userId: bob, tagger: "good-tagger", promptVersion: "tags-1" };
    await world.addDocument({
      ...model,
      accepted: ["a", "b", "c"],
      rejected: ["d"],
      costNanoUsd: 2_000,
      taggingMs: 30,
    });
    await world.addDocument({ ...model, edited: ["e"], suggested: ["f"], costNanoUsd: 4_000, taggingMs: 10 });
    await world.addDocument({ ...model, promptVersion: "tags-0", costNanoUsd: null });
    const { taggers, held_out_documents } = await qualityOf("bob");
    expect(held_out_documents).toBe(0);
    expect(taggers.find(({ prompt_version }) => prompt_version === "tags-1")).toMatchObject({
      tagger: "good-tagger",
      documents: 2,
      suggested: 5,
      accepted: 3,
      edited: 1,
      rejected: 1,
      accepted_share: 0.6,
      cost_usd: 0.000006,
      cost_usd_per_document: 0.000003,
      median_ms: 20,
    });
    expect(taggers.find(({ prompt_version }) => prompt_version === "tags-0")).toMatchObject({
      suggested: 0,
      accepted_share: null,
      cost_usd: null,
    });
    expect((await qualityOf("ada")).taggers).toEqual([]);
  });

  it("409: cannot be measured where nothing is held out", async () => {
    const answer = await call("POST", "/api/tagging/evaluations", { as: "admin", body: { tagger: "offline" } });
    expect(refusalOf(answer)).toEqual([409, "no_held_out_documents"]);
    const unknown = await call("POST", "/api/tagging/evaluations", { body: { tagger: "nothing" } });
    expect(refusalOf(unknown)).toEqual([400, "unknown_tagger"]);
  });
});

describe("an evaluation", () => {
  const accepted = ["Invoices", "Payment", "Acme"];
  const work = async (signal = never): Promise<void> => {
    const [worker] = tagging.workers;
    for (const payload of held.take("tagging.evaluate")) await worker?.handle(payload, signal);
  };
  const begin = async () => {
    // The newest is told by its time.
    world.clock.advance(1);
    const answer = await call("POST", "/api/tagging/evaluations", {
      body: { tagger: "good-tagger", max_documents: 3 },
    });
    expect([answer.status, TaggerEvaluation.parse(answer.json()).status]).toEqual([202, "running"]);
  };
  const newest = async () => (await qualityOf("ada")).evaluations[0];

  beforeAll(async () => {
    for (const digit of ["a", "b", "c"]) await world.addDocument({ userId: ada, sha256: heldOut(digit), accepted });
    await world.addDocument({ userId: ada, sha256: heldOut("c"), accepted });
    await world.addDocument({ userId: ada, sha256: heldOut("d"), rejected: ["x"] });
  });

  it("compares with the accepted tags of held-out documents, and says what it cost", async () => {
    expect((await qualityOf("ada")).held_out_documents).toBe(3);
    await begin();
    upstream.plan(
      says('{"tags":["invoice","Payment","Nonsense","More"]}'),
      says('{"tags":[]}'),
      says('{"tags":["Acme","Invoice","payments"]}'),
    );
    await work();
    expect(await newest()).toMatchObject({
      tagger: "good-tagger",
      status: "completed",
      documents: 3,
      precision: 5 / 7,
      recall: 5 / 9,
      f1: 10 / 16,
      cost_usd: (3 * (100 * 100 + 10 * 200)) / 1e9,
    });
    expect(upstream.requests.at(-1)?.text).not.toContain("Invoices");
  });

  it("goes on behind the last document after an interruption, and pays for none twice", async () => {
    await begin();
    const [payload] = held.take("tagging.evaluate");
    const stop = new AbortController();
    upstream.plan(says('{"tags":["Acme"]}'), () => {
      stop.abort();
      return { steps: [{ wait: new Promise(() => undefined) }] };
    });
    const [worker] = tagging.workers;
    await expect(worker?.handle(payload, stop.signal)).rejects.toThrow("aborted");
    expect(await newest()).toMatchObject({ status: "running", documents: 1 });
    upstream.plan(says('{"tags":["Acme"]}'), says('{"tags":["Acme"]}'));
    await worker?.handle(payload, never);
    expect(await newest()).toMatchObject({ status: "completed", documents: 3, recall: 3 / 9, precision: 1 });
    const asked = upstream.requests.length;
    await worker?.handle(payload, never);
    expect(upstream.requests).toHaveLength(asked);
  });

  it("counts a document without an answer as one without tags, and fails when there is no answer at all", async () => {
    await begin();
    const no = refuses("not this content");
    upstream.plan(no, says('{"tags":["Acme"]}'), no);
    await work();
    expect(await newest()).toMatchObject({
      status: "completed",
      recall: 1 / 9,
      message: expect.stringContaining("2 of 3"),
    });
    await begin();
    upstream.plan(no, no, no);
    await work();
    expect(await newest()).toMatchObject({ status: "failed", message: expect.stringContaining("not this content") });
  });

  it("counts every document once, however often it is delivered", async () => {
    await begin();
    const [payload] = held.take("tagging.evaluate");
    upstream.plan(...Array.from({ length: 12 }, () => says('{"tags":["Acme"]}')));
    const [worker] = tagging.workers;
    await Promise.all(Array.from({ length: 4 }, async () => worker?.handle(payload, never)));
    expect(await newest()).toMatchObject({ status: "completed", documents: 3, recall: 3 / 9 });
  });

  it("is in the person's own archive", async () => {
    const files = await Array.fromAsync(tagging.personalData?.files(ada) ?? []);
    const lines = (await Array.fromAsync((await files[0]?.open()) ?? [])).join("");
    expect(lines.trim().split("\n").length).toBe(6);
    expect(lines).toContain('"hits":2');
  });

  it("whose deliveries are used up has failed after three days, and is in nobody's way", async () => {
    const started = () => call("POST", "/api/tagging/evaluations", { body: { tagger: "good-tagger" } });
    for (let running = 0; running < 5; running += 1) await begin();
    held.take("tagging.evaluate");
    expect(refusalOf(await started())).toEqual([409, "too_many_evaluations"]);
    world.clock.advance(3 * 86_400_000 + 1);
    expect(await newest()).toMatchObject({ status: "failed", message: expect.stringContaining("again") });
    expect((await started()).status).toBe(202);
  });
});
