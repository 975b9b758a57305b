import type { DatasetMapping } from "@llm-tuner/contract/datasets.ts";
import type { ChatMessage } from "@llm-tuner/contract/run-folder.ts";
import { describe, expect, it } from "vitest";
import { checkSameColumns, chooseMapping, createRowMapper } from "./mapping.ts";

const map = (mapping: DatasetMapping, columns: readonly string[], values: readonly string[]) =>
  createRowMapper({ mapping, columns, fileName: "data.csv" })({
    kind: "table",
    columns,
    rows: [{ line: 7, values }],
  })[0];

const mapChat = (messages: ChatMessage[]) =>
  createRowMapper({ mapping: { kind: "messages" }, columns: undefined, fileName: "data.jsonl" })({
    kind: "chat",
    rows: [{ line: 7, messages }],
  })[0];

describe("choosing a mapping", () => {
  it.each([
    [["Question", "Answer"], ["Question"], "Answer"],
    [["id", "prompt", "completion", "source_url"], ["prompt"], "completion"],
    [["instruction", "input", "output"], ["instruction", "input"], "output"],
    [["context", "question", "response"], ["context", "question"], "response"],
    [["answer", "question"], ["question"], "answer"],
    [["question", "label", "answer"], ["question"], "answer"],
    [["INPUT ", " REPLY"], ["INPUT "], " REPLY"],
  ])("recognises %j", (columns, prompts, completion) => {
    expect(chooseMapping(columns)).toEqual({
      kind: "prompt_completion",
      prompt_columns: prompts,
      completion_column: completion,
    });
  });

  it("predicts the last column of a table without known names", () => {
    expect(chooseMapping(["year", "region", "value"])).toEqual({
      kind: "prompt_completion",
      prompt_columns: ["year", "region"],
      completion_column: "value",
    });
  });

  it("takes one column as text and chats as chats", () => {
    expect(chooseMapping(["anything"])).toEqual({ kind: "text" });
    expect(chooseMapping(undefined)).toEqual({ kind: "messages" });
  });
});

describe("mapping a row", () => {
  it("makes a question and an answer", () => {
    const mapping: DatasetMapping = { kind: "prompt_completion", prompt_columns: ["q"], completion_column: "a" };
    expect(map(mapping, ["q", "x", "a"], [" Why? ", "-", "Because. "])).toEqual({
      line: 7,
      example: {
        messages: [
          { role: "user", content: "Why?" },
          { role: "assistant", content: "Because." },
        ],
      },
      prompt: "Why?",
      completion: "Because.",
    });
  });

  it("writes several columns as lines, in the order that the mapping names, without the empty ones", () => {
    const mapping: DatasetMapping = {
      kind: "prompt_completion",
      prompt_columns: ["b", "a", "c"],
      completion_column: "d",
    };
    expect(map(mapping, ["a", "b", "c", "d"], ["1", "2", " ", "4"])?.prompt).toBe("b: 2\na: 1");
  });

  it("makes a text of a row", () => {
    expect(map({ kind: "text" }, ["a", "b"], ["1", "2"])?.example).toEqual({ text: "a: 1\nb: 2" });
    expect(map({ kind: "text", columns: ["b"] }, ["a", "b"], ["1", "2"])?.example).toEqual({ text: "2" });
    expect(map({ kind: "text", columns: [] }, ["text"], ["whole"])?.example).toEqual({ text: "whole" });
  });

  it.each<[DatasetMapping, string[]]>([
    [{ kind: "prompt_completion", prompt_columns: ["a"], completion_column: "b" }, ["", "x"]],
    [{ kind: "prompt_completion", prompt_columns: ["a"], completion_column: "b" }, ["x", " "]],
    [{ kind: "text" }, [" ", ""]],
  ])("leaves out a row with nothing to learn: %j %j", (mapping, values) => {
    expect(map(mapping, ["a", "b"], values)).toBeUndefined();
  });

  it("keeps a chat and shows its last answer", () => {
    const messages: ChatMessage[] = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi?" },
      { role: "assistant", content: "Hello." },
    ];
    expect(mapChat(messages)).toEqual({
      line: 7,
      example: { messages },
      prompt: "system: Be brief.\nuser: Hi?",
      completion: "Hello.",
    });
  });

  it("leaves out a chat whose answers are empty or outside the loss", () => {
    expect(
      mapChat([
        { role: "user", content: "Hi?" },
        { role: "assistant", content: " " },
      ]),
    ).toBeUndefined();
    expect(
      mapChat([
        { role: "user", content: "Hi?" },
        { role: "assistant", content: "x", weight: 0 },
      ]),
    ).toBeUndefined();
  });

  it("finds columns whatever their case, unless that is ambiguous", () => {
    const mapping: DatasetMapping = { kind: "text", columns: ["NAME"] };
    expect(map(mapping, ["id", "Name"], ["1", "ann"])?.completion).toBe("ann");
    expect(() => map(mapping, ["name", "Name"], ["1", "2"])).toThrow(
      expect.objectContaining({ code: "missing_column", status: 422 }),
    );
  });

  it("says which column is missing, and which there are", () => {
    expect(() => map({ kind: "text", columns: ["price"] }, ["id", "name"], ["1", "2"])).toThrow(
      "data.csv has no column price. It has: id, name.",
    );
  });

  it("refuses a mapping of the wrong kind", () => {
    const fileName = "data.jsonl";
    expect(() => createRowMapper({ mapping: { kind: "messages" }, columns: ["a"], fileName })).toThrow("no chats");
    expect(() => createRowMapper({ mapping: { kind: "text" }, columns: undefined, fileName })).toThrow("holds chats");
  });
});

describe("several files", () => {
  it("must have the same columns, in whatever order", () => {
    expect(() => checkSameColumns("b.csv", ["b", "a"], ["a", "b"])).not.toThrow();
    expect(() => checkSameColumns("b.csv", ["a", "b", "c"], ["a", "b"])).toThrow("it has a column c");
    expect(() => checkSameColumns("b.csv", ["a"], ["a", "b"])).toThrow("it lacks the column b");
    expect(() => checkSameColumns("b.jsonl", undefined, ["a"])).toThrow("only one of them holds chats");
  });
});
