import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { answerTo, answerTokens, type Question } from "./answer.ts";
import { behaviourIn } from "./directives.ts";
import { Journal, readJournal } from "./journal.ts";
import { Plan } from "./plan.ts";
import { sampleOf } from "./schema-sample.ts";
import { complaintAbout } from "./strict.ts";
import { countTokens, tokensOf } from "./tokens.ts";
import { nothingWritten, usageOf } from "./usage.ts";

describe("tokens", () => {
  it.each([
    ["", 0],
    ["one two", 2],
    ["internationalisation", 3],
    ["日本 🌱", 2],
    ["a \n", 2],
  ])("of %j are %i, and make the text again", (text, count) => {
    expect(countTokens(text)).toBe(count);
    expect(tokensOf(text).join("")).toBe(text);
  });
});

describe("directives", () => {
  it("are read from a prompt, with quotes and braces whole", () => {
    expect(
      behaviourIn('Hi [[fake: tool f {"a": "x;y"}; tool g; latency 1 2 3; error-event 4 overloaded_error]] there'),
    ).toEqual({
      answer: {
        toolCalls: [
          { name: "f", arguments: { a: "x;y" } },
          { name: "g", arguments: undefined },
        ],
      },
      latencyMs: { headers: 1, firstEvent: 2, between: 3 },
      errorEvent: { afterEvents: 4, type: "overloaded_error" },
    });
    expect(behaviourIn("[[fake: error 429; retry-after 3; body html]]")?.error).toEqual({
      status: 429,
      retryAfterSeconds: 3,
      body: "html",
    });
    expect(behaviourIn('[[fake: {"truncate": {"afterEvents": 2}}]] and [[fake: reasoning 5]]')).toEqual({
      truncate: { afterEvents: 2, how: "reset" },
      answer: { reasoning: 5 },
    });
    expect(behaviourIn("nothing of the kind")).toBeUndefined();
  });

  it("that mean nothing are errors", () => {
    expect(() => behaviourIn("[[fake: dance]]")).toThrow(/no directive "dance"/);
    expect(() => behaviourIn("[[fake: usage some]]")).toThrow(/usage/);
  });
});

describe("a plan", () => {
  const call = { method: "POST", path: "/v1/chat/completions", model: "gpt-5", stream: true };

  it("is used in order, by the calls that it is for, as often as it says", () => {
    const plan = new Plan();
    plan.add(
      { match: { model: "o3" }, error: { status: 400 } },
      { times: 2, error: { status: 500 } },
      { match: { stream: false }, error: { status: 503 } },
    );
    const status = (more = {}) => plan.take({ ...call, ...more }, undefined).error?.status;
    expect([
      status({ method: "GET" }),
      status(),
      status({ model: "o3" }),
      status(),
      status(),
      status({ stream: false }),
    ]).toEqual([undefined, 500, 400, 500, undefined, 503]);
  });

  it("goes before what the prompt asks for, and that before what stands", () => {
    const plan = new Plan();
    plan.stand({ usage: "none", compress: "gzip", hugeLineBytes: 1 });
    plan.add({ usage: "twice" });
    expect(plan.take(call, { usage: "zero", compress: "br" })).toMatchObject({
      usage: "twice",
      compress: "br",
      hugeLineBytes: 1,
    });
    plan.clear();
    expect(plan.take(call, undefined)).toEqual({});
  });
});

describe("a sample", () => {
  it.each<Parameters<typeof z.fromJSONSchema>[0]>([
    {
      type: "object",
      properties: { a: { type: "integer", exclusiveMinimum: 4 }, b: { type: "string", minLength: 30, maxLength: 40 } },
      required: ["a"],
    },
    { type: "array", items: { anyOf: [{ type: "string", format: "date-time" }, { type: "null" }] }, minItems: 3 },
    { type: ["null", "number"], maximum: -2 },
    {
      $ref: "#/$defs/tree",
      $defs: {
        tree: {
          type: "object",
          properties: { child: { anyOf: [{ $ref: "#/$defs/tree" }, { type: "null" }] } },
          required: ["child"],
        },
      },
    },
    { enum: [7] },
  ])("fits %j", (schema) => {
    const value = sampleOf(schema, "seed");
    expect(z.fromJSONSchema(schema).safeParse(value)).toMatchObject({ success: true });
    expect(sampleOf(schema, "seed")).toEqual(value);
  });
});

describe("an answer", () => {
  const question: Question = {
    model: "m",
    prompt: "p",
    tools: [{ name: "look_up", schema: { type: "object", properties: { key: { type: "string" } } } }],
    choice: "auto",
    parallel: true,
    reasoningWords: 4,
    stops: [],
  };

  it("spends its tokens on reasoning, then text, then calls", () => {
    expect(answerTo({ ...question, maxTokens: 3 })).toMatchObject({ text: "", end: "length" });
    expect(countTokens(answerTo({ ...question, maxTokens: 3 }).reasoning)).toBe(3);
    const cut = answerTo({ ...question, maxTokens: 6 });
    expect([countTokens(cut.reasoning), answerTokens(cut)]).toEqual([4, 2]);
    const called = answerTo({ ...question, prompt: "look_up it", reasoningWords: 0, maxTokens: 2 });
    expect(called).toMatchObject({ end: "length", calls: [{ name: "look_up", arguments: '{"key":"' }] });
  });

  it("calls what is named, forced or allowed, and nothing when it may not", () => {
    const calls = (more: Partial<Question>) => answerTo({ ...question, ...more }).calls.map(({ name }) => name);
    expect(calls({})).toEqual([]);
    expect(calls({ choice: "required" })).toEqual(["look_up"]);
    expect(calls({ choice: { names: ["other"] } })).toEqual([]);
    expect(calls({ prompt: "look_up it", choice: "none" })).toEqual([]);
    const two = [...question.tools, { name: "write", schema: {} }];
    expect(calls({ tools: two, prompt: "write and look_up" })).toEqual(["look_up", "write"]);
    expect(calls({ tools: two, prompt: "write and look_up", parallel: false })).toEqual(["look_up"]);
  });

  it("ends at the first of its stops", () => {
    const answer = answerTo({ ...question, stops: ["four", "three"] }, { text: "one two three four" });
    expect(answer).toMatchObject({ text: "one two ", end: "stopSequence", stopSequence: "three" });
  });
});

describe("complaints", () => {
  it("name the deepest place in the branch that was meant", () => {
    const schema = z.strictObject({ a: z.union([z.string(), z.array(z.strictObject({ b: z.int() }))]) });
    expect(complaintAbout(schema, { a: [{ b: 1, c: 2 }] })).toMatchObject({ kind: "unknown", path: ["a", 0, "c"] });
    expect(complaintAbout(schema, { a: [{}] })).toMatchObject({ kind: "missing", path: ["a", 0, "b"] });
    expect(complaintAbout(schema, {})).toMatchObject({ path: ["a"] });
    expect(complaintAbout(schema, { a: "b" })).toBeUndefined();
  });
});

describe("a journal", () => {
  it("keeps the first end of a call, and refuses what is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "llm-tuner-fake-"));
    const path = join(folder, "journal.jsonl");
    try {
      const journal = new Journal(path);
      const arrived = journal.arrive({ requestId: "r", method: "POST", path: "/", model: null, stream: false });
      const end = {
        status: 200,
        fault: null,
        usage: usageOf({ outputText: 2 }),
        planned: usageOf(),
        written: { ...nothingWritten },
        usageReported: true,
      };
      const two = journal.reached("ended", 1);
      journal.end(arrived, { ...end, outcome: "finished" });
      journal.end(arrived, { ...end, outcome: "client_gone" });
      await two;
      expect(readJournal(path)).toEqual(journal.calls());
      expect(readJournal(path)).toMatchObject([{ event: "ended", requestId: "r", outcome: "finished" }]);
      await writeFile(path, '{"event":"guessed"}\n');
      expect(() => new Journal(path)).toThrow(/event/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
