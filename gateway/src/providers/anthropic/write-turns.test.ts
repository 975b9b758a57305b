import { describe, expect, it } from "vitest";
import type { Part, Turn } from "../../conversation/request.ts";
import { isJsonObject } from "../../json.ts";
import { assistant, system, text, user, write } from "./testing/requests-and-streams.ts";

const messagesOf = (...turns: Turn[]) => write({ turns }).body["messages"];
const call = (id: string, args = "{}"): Part => ({ type: "tool-call", id, name: "look", arguments: args });
const result = (callId: string, words: string): Part => ({
  type: "tool-result",
  callId,
  content: [{ type: "text", text: words }],
});
const written = (words: string) => ({ type: "text", text: words });
const use = (id: string, input = {}) => ({ type: "tool_use", id, name: "look", input });
const done = (id: string, words: string) => ({ type: "tool_result", tool_use_id: id, content: [written(words)] });

const hi = user(text("hi"));

describe("the turns of a conversation at Anthropic", () => {
  it("have their system messages before them, wherever they stood, and it is said when they were moved", () => {
    const together = write({ turns: [system("a"), system("b"), user(text("hi"))] });
    expect(together.body["system"]).toEqual([written("a"), written("b")]);
    expect(together.warnings).toBeUndefined();
    const later = write({ turns: [system("a"), user(text("hi")), system("b"), user(text("ho"))] });
    expect(later.body["system"]).toEqual([written("a"), written("b")]);
    expect(later.body["messages"]).toEqual([{ role: "user", content: [written("hi"), written("ho")] }]);
    expect(later.warnings).toContain("later system messages were moved");
  });

  it("are merged with their neighbours of the same side", () => {
    expect(
      messagesOf(user(text("a")), user(text("b")), assistant(text("c")), assistant(text("d")), user(text("e"))),
    ).toEqual([
      { role: "user", content: [written("a"), written("b")] },
      { role: "assistant", content: [written("c"), written("d")] },
      { role: "user", content: [written("e")] },
    ]);
  });

  it("begin with the user, who is made to speak where the model was first", () => {
    const { body, warnings } = write({ turns: [system("a"), assistant(text("Welcome.")), user(text("hi"))] });
    expect(body["messages"]).toMatchObject([
      { role: "user", content: [written("(begin)")] },
      { role: "assistant" },
      { role: "user" },
    ]);
    expect(warnings).toContain("user to speak first");
  });

  it("edge case 06: hold all results of a turn in one message of the user, before what else it says", () => {
    const turns = [
      user(text("hi")),
      assistant(call("a"), call("b")),
      user(text("wait")),
      user(result("a", "1")),
      user(result("b", "2")),
    ];
    expect(messagesOf(...turns)).toEqual([
      { role: "user", content: [written("hi")] },
      { role: "assistant", content: [use("a"), use("b")] },
      { role: "user", content: [done("a", "1"), done("b", "2"), written("wait")] },
    ]);
  });

  it("edge case 14: leave out empty texts beside calls, and white space at the end of a turn that is continued", () => {
    expect(messagesOf(user(text("hi")), assistant(text(""), call("a")), user(result("a", "1")))).toMatchObject([
      {},
      { role: "assistant", content: [use("a")] },
      {},
    ]);
    expect(messagesOf(user(text("hi")), assistant(text("Once upon \n ")))).toMatchObject([
      {},
      { content: [written("Once upon")] },
    ]);
    expect(messagesOf(user(text("hi  ")), assistant(text("a ")), user(text("b ")))).toMatchObject([
      { content: [written("hi  ")] },
      { content: [written("a ")] },
      { content: [written("b ")] },
    ]);
    expect(messagesOf(user(text("hi")), assistant(text(" ")))).toEqual([{ role: "user", content: [written("hi")] }]);
  });

  it("edge case 05: have an object for arguments that are empty, and say when they are none", () => {
    expect(messagesOf(hi, assistant(call("a", "")))).toMatchObject([{}, { content: [use("a")] }]);
    expect(messagesOf(hi, assistant(call("a", '{"at":"Zürich"}')))).toMatchObject([
      {},
      { content: [use("a", { at: "Zürich" })] },
    ]);
    const broken = write({ turns: [hi, assistant(call("a", '{"at":'))] });
    expect(broken.body["messages"]).toMatchObject([{}, { content: [use("a", { arguments: '{"at":' })] }]);
    expect(broken.warnings).toContain("tool_calls.arguments");
  });

  it("name calls and their results alike in the letters that the provider takes", () => {
    expect(messagesOf(hi, assistant(call("f:1.a")), user(result("f:1.a", "x")))).toMatchObject([
      {},
      { content: [use("f_1_a")] },
      { content: [done("f_1_a", "x")] },
    ]);
  });

  it("edge case 07: hold thoughts that Anthropic signed, and leave out those of others, saying so once", () => {
    const thoughts: Part[] = [
      { type: "reasoning", text: "mine", signature: { by: "anthropic", value: "Eq" } },
      { type: "reasoning", text: "", redacted: true, signature: { by: "anthropic", value: "Em" } },
    ];
    const own = write({ turns: [user(text("hi")), assistant(...thoughts, text("x")), user(text("y"))] });
    expect(own.body["messages"]).toMatchObject([
      {},
      {
        content: [
          { type: "thinking", thinking: "mine", signature: "Eq" },
          { type: "redacted_thinking", data: "Em" },
          written("x"),
        ],
      },
      {},
    ]);
    expect(own.warnings).toBeUndefined();
    const others: Part[] = [
      { type: "reasoning", text: "theirs", signature: { by: "gemini", value: "Cg" } },
      { type: "reasoning", text: "nobody's" },
    ];
    const foreign = write({ turns: [user(text("hi")), assistant(...others, text("x"))] });
    expect(foreign.body["messages"]).toMatchObject([{}, { content: [written("x")] }]);
    expect(foreign.warnings?.match(/thoughts/g)).toHaveLength(1);
  });

  it("hold pictures and documents, and the marks of the cache", () => {
    const base64 = (mediaType: string, data: string) => ({ kind: "base64" as const, mediaType, data });
    const parts: Part[] = [
      { type: "image", source: base64("image/png", "AA=="), detail: "low", cache: { lifetime: "1h" } },
      { type: "image", source: { kind: "url", url: "https://x.org/a.png" } },
      { type: "file", source: base64("application/pdf", "AA=="), name: "Bill", cache: { lifetime: "5m" } },
      { type: "file", source: base64("text/markdown", "Z3LDvG4=") },
      { type: "file", source: { kind: "url", url: "https://x.org/a.pdf" } },
    ];
    const { body, warnings } = write({ turns: [user(...parts)] });
    expect(body["messages"]).toEqual([
      {
        role: "user",
        content: [
          {
            type: "image",
            source: { type: "base64", media_type: "image/png", data: "AA==" },
            cache_control: { type: "ephemeral", ttl: "1h" },
          },
          { type: "image", source: { type: "url", url: "https://x.org/a.png" } },
          {
            type: "document",
            source: { type: "base64", media_type: "application/pdf", data: "AA==" },
            title: "Bill",
            cache_control: { type: "ephemeral" },
          },
          { type: "document", source: { type: "text", media_type: "text/plain", data: "grün" } },
          { type: "document", source: { type: "url", url: "https://x.org/a.pdf" } },
        ],
      },
    ]);
    expect(warnings).toContain("image_url.detail");
  });

  it.each<[string, Part]>([
    ["audio", { type: "audio", source: { kind: "base64", mediaType: "audio/wav", data: "AA==" } }],
    ["another file", { type: "file", source: { kind: "base64", mediaType: "application/zip", data: "AA==" } }],
    ["broken base64", { type: "file", source: { kind: "base64", mediaType: "text/plain", data: "*" } }],
  ])("refuse %s", (_name, part) => {
    expect(() => write({ turns: [user(part)] })).toThrow(expect.objectContaining({ code: "unsupported_parameter" }));
  });

  it("say that the result of a tool is an error, and may be empty or a picture", () => {
    const content = [{ type: "image" as const, source: { kind: "url" as const, url: "https://x.org/a.png" } }];
    const results: Part[] = [
      { type: "tool-result", callId: "a", content: [], isError: true },
      { type: "tool-result", callId: "b", content },
    ];
    const messages = messagesOf(hi, assistant(call("a"), call("b")), user(...results));
    const last = Array.isArray(messages) ? messages[2] : undefined;
    expect(isJsonObject(last) && last["content"]).toEqual([
      { type: "tool_result", tool_use_id: "a", is_error: true },
      {
        type: "tool_result",
        tool_use_id: "b",
        content: [{ type: "image", source: { type: "url", url: "https://x.org/a.png" } }],
      },
    ]);
  });
});
