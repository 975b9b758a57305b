import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createModelWorld, knownModel, refuses, requestOf, says } from "../testing/fake-model.ts";
import { estimateTokens } from "./token-estimate.ts";

const world = await createModelWorld();
const { upstream, meter, tag } = world;
afterAll(() => world.close());

let firstRequest = 0;
let firstSettlement = 0;
beforeEach(() => {
  firstRequest = upstream.requests.length;
  firstSettlement = meter.settlements.length;
});

const Asked = z.looseObject({
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  response_format: z
    .looseObject({ json_schema: z.looseObject({ strict: z.boolean(), schema: z.unknown() }) })
    .optional(),
  tools: z.array(z.unknown()).optional(),
  max_tokens: z.number().optional(),
  temperature: z.number().optional(),
});
const asked = () => upstream.requests.slice(firstRequest).map(({ body }) => Asked.parse(body));
const names = (outcome: Awaited<ReturnType<typeof tag>>): string[] =>
  outcome.ok ? outcome.result.tags.map(({ name }) => name) : [outcome.message];
/** A model of its own name: which form a model takes is remembered. */
const modelOf = (name: string) => ({ ...knownModel, provider: name });

describe("the question", () => {
  it("keeps the document out of the instructions, and within a boundary that it cannot know", async () => {
    upstream.plan(says('{"tags":["Invoice"]}'));
    await tag();
    const [question] = asked();
    const [system, user] = question?.messages ?? [];
    expect([system?.role, user?.role]).toEqual(["system", "user"]);
    for (const word of ["4711", "scan.pdf", "Acme"]) {
      expect(system?.content).not.toContain(word);
      expect(user?.content).toContain(word);
    }
    const boundary = /<document-([0-9a-f]{12})>/.exec(user?.content ?? "")?.[1] ?? "";
    expect(system?.content).toContain(`</document-${boundary}>`);
    expect(user?.content.endsWith(`\n</document-${boundary}>`)).toBe(true);
  });

  it("binds the answer: any tags, a list and new ones, or a list alone", async () => {
    const knownTags = ["Invoice", "Contract"];
    const schemas: unknown[] = [];
    for (const mode of ["free", "prefer_existing", "closed"] as const) {
      upstream.plan(says('{"tags":[]}'));
      await tag({ mode, knownTags });
      const format = asked().at(-1)?.response_format;
      expect(format?.json_schema.strict).toBe(true);
      schemas.push(format?.json_schema.schema);
    }
    const list = { type: "array", items: { type: "string", enum: knownTags } };
    const open = { type: "array", items: { type: "string" } };
    expect(schemas).toMatchObject([
      { properties: { tags: open }, required: ["tags"], additionalProperties: false },
      { properties: { existing: list, proposed: open }, required: ["existing", "proposed"] },
      { properties: { tags: list } },
    ]);
  });

  it("asks for the languages of the tags", async () => {
    const cases = [
      [[], "language of the document (English)"],
      [["de"], "every tag in German"],
      [["de", "fr"], "German and French: one tag per language"],
    ] as const;
    for (const [languages, words] of cases) {
      upstream.plan(says('{"tags":[]}'));
      await tag({ languages });
      expect(asked().at(-1)?.messages[0]?.content).toContain(words);
    }
  });

  it("shows a long text in parts: its beginning, samples of the rest, and what is frequent in it", async () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `word${index}`).join(" ");
    upstream.plan(says('{"tags":[]}'));
    await tag({ document: { ...requestOf().document, text } });
    const shown = asked()[0]?.messages[1]?.content ?? "";
    expect(estimateTokens(shown)).toBeLessThan(3_200);
    expect(shown).toContain("word0 word1 ");
    expect(shown).toMatch(/word1[0-9]{4} /);
    expect(shown).toContain("Frequent phrases: a frequent phrase");
  });

  it("fits a small context, whatever is asked for", async () => {
    const text = "Überweisung ".repeat(5_000);
    for (const contextTokens of [256, 512, 2_048, 8_192]) {
      for (const isOwn of [true, false]) {
        if (!isOwn && contextTokens < 2_048) continue;
        upstream.plan(says('{"tags":[]}'));
        await tag({ document: { ...requestOf().document, text } }, { ...knownModel, contextTokens, isOwn });
        const question = asked().at(-1);
        const tokens = estimateTokens(question?.messages.map(({ content }) => content).join("\n") ?? "");
        expect(tokens + (question?.max_tokens ?? Infinity)).toBeLessThanOrEqual(contextTokens);
      }
    }
  });

  it("shows the tags that have most to do with the text when there are many", async () => {
    const knownTags = [...Array.from({ length: 300 }, (_, index) => `Zebra ${index} quux`), "Payment", "Acme"];
    upstream.plan(says('{"existing":["Acme"],"proposed":[]}'));
    expect(names(await tag({ mode: "prefer_existing", knownTags }))).toEqual(["Acme"]);
    const shown = asked()[0]?.messages[1]?.content ?? "";
    expect(shown).toContain('"Acme"');
    expect(shown.match(/Zebra/g)?.length).toBeLessThanOrEqual(99);
  });
});

describe("a model that takes no schema", () => {
  it("is asked by a tool, then in words, and the next time at once as it takes it", async () => {
    const model = modelOf("no-schema-and-no-tools");
    upstream.plan(
      refuses("response_format is not supported", { param: "response_format" }),
      refuses("tool_choice: unsupported"),
      says('Here you are: {"tags": ["Invoice"]} and more'),
    );
    expect(names(await tag({}, model))).toEqual(["Invoice"]);
    expect(asked().map(({ response_format, tools }) => [response_format !== undefined, tools !== undefined])).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
    upstream.plan(says('```json\n["Invoice"]\n```'));
    expect(names(await tag({}, model))).toEqual(["Invoice"]);
    expect(asked()).toHaveLength(4);
  });

  it("answers by the call of the tool", async () => {
    const call = {
      id: "1",
      type: "function",
      function: { name: "tags_of_document", arguments: '{"tags":["Invoice"]}' },
    };
    upstream.plan(refuses("schemas?"), says(null, { message: { tool_calls: [call] }, finish: "tool_calls" }));
    expect(names(await tag({}, modelOf("no-schema")))).toEqual(["Invoice"]);
  });

  it("or no temperature is asked without", async () => {
    upstream.plan(refuses("Unsupported value: 'temperature'", { param: "temperature" }), says('{"tags":["Invoice"]}'));
    expect(names(await tag())).toEqual(["Invoice"]);
    expect(asked().map(({ temperature }) => temperature)).toEqual([0, undefined]);
  });
});

describe("an answer that cannot be read", () => {
  it("is asked for once more, and all of it is on the document's bill", async () => {
    upstream.plan(says("I think of invoices."), says('{"tags":["Invoice"]}'));
    const outcome = await tag();
    expect(names(outcome)).toEqual(["Invoice"]);
    expect(
      asked()[1]
        ?.messages.slice(2)
        .map(({ role }) => role),
    ).toEqual(["assistant", "user"]);
    const spent = world.spentSince(firstSettlement);
    expect(spent).toBe(2 * (100 * 10 + 10 * 30));
    expect(outcome).toMatchObject({ result: { costNanoUsd: spent, inputTokens: 200, outputTokens: 20 } });
  });

  it("twice is to be tried later, and costs what it cost", async () => {
    upstream.plan(says("no"), says("no JSON either"));
    const outcome = await tag();
    expect(outcome).toMatchObject({ ok: false, kind: "retry", costNanoUsd: world.spentSince(firstSettlement) });
    expect(asked()).toHaveLength(2);
  });

  it("because it was cut off is asked for again with more room", async () => {
    upstream.plan(says('{"tags":["Inv', { finish: "length" }), says('{"tags":["Invoice"]}'));
    expect(names(await tag())).toEqual(["Invoice"]);
    const [first, second] = asked();
    expect(second?.max_tokens).toBeGreaterThan(first?.max_tokens ?? Infinity);
  });

  it("of nothing is an answer", async () => {
    upstream.plan(says('{"tags":[]}'));
    expect(await tag()).toMatchObject({ ok: true, result: { tags: [] } });
  });

  it("because the model refuses is for good", async () => {
    upstream.plan(says(null, { message: { refusal: "I will not." } }));
    expect(await tag()).toMatchObject({ ok: false, kind: "refused", message: expect.stringContaining("I will not.") });
  });
});

describe("what the gateway says", () => {
  it.each([
    ["asks to wait", refuses("slow", { status: 429, headers: { "retry-after": "17" } }), "busy", 17],
    ["is overloaded", refuses("busy", { status: 529 }), "busy", null],
    ["is away for a moment", refuses("busy", { status: 503, headers: { "retry-after": "3" } }), "busy", 3],
    ["does not take the operator's key", refuses("key", { status: 401 }), "busy", 300],
    ["fails", refuses("oops", { status: 500 }), "retry", null],
    ["times out", refuses("late", { status: 504 }), "retry", null],
    ["says no", refuses("not this content", { status: 400 }), "refused", null],
  ] as const)("when the provider %s", async (_name, answer, kind, retryAfterSeconds) => {
    // Whether a deployment rests is the gateway's affair: as often as it asks, it gets this answer.
    upstream.plan(answer);
    expect(await tag()).toMatchObject({ ok: false, kind, retryAfterSeconds });
  });

  it("a context that is too small is tried with half the text, once", async () => {
    const tooLong = refuses("This model's maximum context length is 100 tokens", { code: "context_length_exceeded" });
    const text = "word ".repeat(2_000);
    const document = { ...requestOf().document, text };
    upstream.plan(tooLong, says('{"tags":["Invoice"]}'));
    expect(names(await tag({ document }))).toEqual(["Invoice"]);
    const lengths = asked().map(({ messages }) => messages[1]?.content.length ?? 0);
    expect(lengths[1]).toBeLessThan((lengths[0] ?? 0) * 0.7);
    upstream.plan(tooLong, tooLong);
    expect(await tag({ document })).toMatchObject({ ok: false, kind: "refused" });
  });
});

describe("a closed list", () => {
  it("without any tag costs nothing, since nobody is asked", async () => {
    expect(await tag({ mode: "closed" })).toMatchObject({ ok: true, result: { tags: [], costNanoUsd: 0 } });
    expect(asked()).toEqual([]);
  });

  it("holds whatever the model says", async () => {
    upstream.plan(says('{"tags":["Contract","invoices","Something else","CONTRACT"]}'));
    const knownTags = ["Invoice", "Contract", "Invoice"];
    expect(names(await tag({ mode: "closed", knownTags }))).toEqual(["Contract", "Invoice"]);
    // A schema whose choices are not all different is refused by providers.
    expect(upstream.requests.at(-1)?.text).toContain('"enum":["Invoice","Contract"]');
  });
});
