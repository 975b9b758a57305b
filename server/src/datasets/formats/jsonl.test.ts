import { describe, expect, it } from "vitest";
import { readFile } from "../testing/read-file.ts";
import { describeFormat } from "./format.suite.ts";

const lines = (objects: readonly unknown[]): string => objects.map((object) => `${JSON.stringify(object)}\n`).join("");
const chat = (...messages: unknown[]): unknown => ({ messages });
const user = { role: "user", content: "Hi?" };
const assistant = { role: "assistant", content: "Hello." };

describeFormat({
  type: ".jsonl",
  write: (texts) => lines(texts.map((text) => ({ prompt: "Say it", completion: text }))),
  endless: [
    { beginning: '{"text": "a"}\n{"text": "', line: 2 },
    { beginning: "", line: 1 },
  ],
});

describe("lines of JSON", () => {
  it("may be chats", async () => {
    const content = lines([
      chat({ role: "developer", content: "Be brief." }, user, assistant),
      chat({ ...user, name: "ann" }, { ...assistant, weight: 0 }, user, { ...assistant, weight: 1 }),
    ]);
    expect((await readFile(".jsonl", `${content}\n`)).chats).toEqual([
      { line: 1, messages: [{ role: "system", content: "Be brief." }, user, assistant] },
      { line: 2, messages: [user, { ...assistant, weight: 0 }, user, { ...assistant, weight: 1 }] },
    ]);
  });

  it("may be flat objects: absent and null fields are empty, numbers and booleans are written out", async () => {
    const { columns, table } = await readFile(
      ".jsonl",
      lines([
        { question: "a", answer: 4, sure: true },
        { answer: null, question: "b" },
      ]),
    );
    expect(columns).toEqual(["question", "answer", "sure"]);
    expect(table.map(({ values }) => values)).toEqual([
      ["a", "4", "true"],
      ["b", "", ""],
    ]);
  });

  it("may be texts", async () => {
    const { columns, table } = await readFile(".jsonl", lines([{ text: "one" }, { text: "two" }]));
    expect(columns).toEqual(["text"]);
    expect(table).toHaveLength(2);
  });

  it("says which line is not JSON, deep in a file", async () => {
    const content = Array.from({ length: 6000 }, (_, index) =>
      index + 1 === 4711
        ? '{"prompt": "broken", "completion": }'
        : JSON.stringify({ prompt: `${index}`, completion: "x" }),
    ).join("\n");
    await expect(readFile(".jsonl", content, { pieceSize: 999 })).rejects.toMatchObject({
      code: "invalid_json",
      status: 400,
      message: "Line 4711 of data.jsonl is not valid JSON.",
      details: { places: [{ file: "data.jsonl", line: 4711, excerpt: '{"prompt": "broken", "completion": }' }] },
    });
  });

  it("shortens what it quotes", async () => {
    await expect(readFile(".jsonl", `{"text": "${"🙂".repeat(5000)}`)).rejects.toSatisfy(
      (error: { details: { places: { excerpt: string }[] } }) => {
        const excerpt = error.details.places[0]?.excerpt ?? "";
        return excerpt.length <= 160 && excerpt.endsWith("…") && excerpt.isWellFormed();
      },
    );
  });

  it.each([
    ["data_type", "[1, 2]"],
    ["data_type", "null"],
    ["mixed_shapes", JSON.stringify({ prompt: "a", reply: "b" })],
    ["mixed_shapes", JSON.stringify(chat(user, assistant))],
    ["unsupported_value", JSON.stringify({ prompt: ["a"], completion: "b" })],
    ["invalid_json", "prompt: a"],
  ])("refuses with %s: %s", async (code, line) => {
    const content = `${lines([{ prompt: "a", completion: "b" }])}${line}\n`;
    await expect(readFile(".jsonl", content)).rejects.toMatchObject({ code, details: { places: [{ line: 2 }] } });
  });

  it.each([
    ["missing_messages_list", { messages: [] }],
    ["missing_messages_list", { messages: "hello" }],
    ["missing_messages_list", { prompt: "a", completion: "b" }],
    ["data_type", chat("hello")],
    ["message_missing_key", chat({ role: "user" }, assistant)],
    ["message_missing_key", chat({ content: "x" }, assistant)],
    ["message_unrecognized_key", chat(user, { ...assistant, tool_calls: [] })],
    ["unrecognized_role", chat({ role: "tool", content: "x" }, assistant)],
    ["unrecognized_role", chat({ role: "constructor", content: "x" }, assistant)],
    ["missing_content", chat({ role: "user", content: null }, assistant)],
    ["missing_content", chat({ role: "user", content: "  " }, assistant)],
    ["example_missing_assistant_message", chat(user)],
    ["invalid_weight", chat({ ...user, weight: 1 }, assistant)],
    ["invalid_weight", chat(user, { ...assistant, weight: 2 })],
    ["unsupported_field", { ...Object(chat(user, assistant)), tools: [] }],
    ["data_type", chat(...Array.from({ length: 1001 }, () => assistant))],
  ])("refuses a chat with %s", async (code, object) => {
    await expect(readFile(".jsonl", lines([chat(user, assistant), object]))).rejects.toMatchObject({
      code,
      details: { places: [{ line: 2 }] },
    });
  });

  it("warns of fields that it leaves out", async () => {
    const { warnings } = await readFile(".jsonl", lines([{ ...Object(chat(user, assistant)), id: 7 }]));
    expect(warnings).toMatchObject([{ code: "field_ignored", line: 1 }]);
  });

  it("makes escaped characters that are no text harmless", async () => {
    const { table } = await readFile(".jsonl", '{"text": "half \\ud83d and nul \\u0000."}\n');
    expect(table[0]?.values).toEqual(["half \uFFFD and nul \uFFFD."]);
    await expect(readFile(".jsonl", '{"a\\u0000": "x"}\n')).rejects.toMatchObject({ code: "column_name_invalid" });
  });

  it("takes the names of an object's own fields only", async () => {
    const { columns, table } = await readFile(
      ".jsonl",
      '{"__proto__": "a", "constructor": "b"}\n{"constructor": "c"}\n',
    );
    expect(columns).toEqual(["__proto__", "constructor"]);
    expect(table.map(({ values }) => values)).toEqual([
      ["a", "b"],
      ["", "c"],
    ]);
  });
});
