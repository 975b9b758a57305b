import { describe, expect, it } from "vitest";
import { decodeJsonObject, decodeText, encodeJson, encodeText, type JsonObject } from "../../json.ts";
import { noUsage } from "../../meter/usage.ts";
import type { Call } from "../../receive/call.ts";
import { eventsOf, eventsOfBytes, messageCall } from "../../receive/messages/testing/calls-and-events.ts";
import { internalError } from "../../errors.ts";
import { routeAt, translationArgs } from "../../testing/translation-args.ts";
import { passCountThrough, passMessagesThrough } from "./pass-through.ts";
import { messageDelta, messageEvent, messageStart, messageStop, wholeStream } from "./testing/requests-and-streams.ts";

const argsOf = (call: Call) => translationArgs(call, routeAt("anthropic", "claude-up"));
const bodyOf = (bytes: Uint8Array | null): JsonObject | undefined => decodeJsonObject(bytes ?? new Uint8Array(0));

describe("a request of the Messages API at Anthropic", () => {
  it("is the caller's own bytes when nothing has to change", () => {
    const call = messageCall({ model: "claude-up", unheard_of: { of: 1 } });
    const { request } = passMessagesThrough(argsOf(call));
    expect(request.body).toBe(call.bytes);
    expect(request).toMatchObject({ method: "POST", path: "/v1/messages" });
  });

  it("names the provider's model, and keeps all the rest", () => {
    const { request } = passMessagesThrough(argsOf(messageCall({ unheard_of: { of: 1 }, system: "s" })));
    expect(bodyOf(request.body)).toEqual({
      model: "claude-up",
      max_tokens: 100,
      messages: [{ role: "user", content: "hi" }],
      unheard_of: { of: 1 },
      system: "s",
    });
  });

  it("carries the betas and the version that the caller asked for", () => {
    const call = { ...messageCall(), forwardedHeaders: { "anthropic-beta": "a,b", "anthropic-version": "2026-10-21" } };
    expect(passMessagesThrough(argsOf(call)).request.headers).toMatchObject({
      "anthropic-beta": "a,b",
      "anthropic-version": "2026-10-21",
    });
    expect(passMessagesThrough(argsOf(messageCall())).request.headers).toMatchObject({
      "anthropic-version": "2023-06-01",
    });
  });

  it("edge case 07: leaves out thoughts that another provider's model had in an earlier turn, and says so", () => {
    const own = { type: "thinking", thinking: "hm", signature: "EqQB" };
    const thoughts = [
      { type: "thinking", thinking: "so", signature: "gateway:gemini:Cg" },
      { type: "thinking", thinking: "well", signature: "" },
      { type: "redacted_thinking", data: "gateway:openai:gA" },
    ];
    const words = { type: "text", text: "a" };
    const user = { role: "user", content: "hi" };
    const messages = [
      user,
      { role: "assistant", content: [own, ...thoughts, words] },
      user,
      { role: "assistant", content: thoughts },
    ];
    const args = argsOf(messageCall({ messages }));
    const { request } = passMessagesThrough(args);
    expect(bodyOf(request.body)?.["messages"]).toEqual([user, { role: "assistant", content: [own, words] }, user]);
    expect(args.notes.header()).toContain("thoughts");
  });

  it.each([
    [{ fallbacks: [{ model: "claude-other" }] }, "fallbacks"],
    [{ tools: [{ type: "advisor_20260301", name: "advisor", model: "claude-other" }] }, "tools[0].type"],
  ])("edge case 24: refuses %j, which would be answered at another model's price", (more, param) => {
    expect(() => passMessagesThrough(argsOf(messageCall(more)))).toThrow(
      expect.objectContaining({ code: "unsupported_parameter", param }),
    );
  });
});

describe("an answer of Anthropic to a caller of the Messages API", () => {
  const message = {
    id: "msg_up",
    type: "message",
    role: "assistant",
    model: "claude-up",
    content: [{ type: "text", text: "grün" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 3, cache_read_input_tokens: 2, output_tokens: 4 },
    newer: true,
  };

  it("edge case 18: names the model as the caller did, keeps the rest, and says who answered", () => {
    const { bytes, usage, facts } = passMessagesThrough(argsOf(messageCall())).readAnswer(encodeJson(message), {});
    expect(decodeJsonObject(bytes)).toEqual({ ...message, model: "tuned" });
    expect(usage).toEqual({
      counts: { ...noUsage, inputUncached: 3, inputCacheRead: 2, outputText: 4 },
      source: "reported",
    });
    expect(facts).toMatchObject({ upstreamId: "msg_up", upstreamModel: "claude-up" });
  });

  it("is its own bytes where the model is named alike, and is estimated where it reports nothing", () => {
    const { usage: _, ...silent } = message;
    const body = encodeJson(silent);
    const answer = passMessagesThrough(argsOf(messageCall({ model: "claude-up" }))).readAnswer(body, {});
    expect(answer.bytes).toBe(body);
    expect(answer.usage).toMatchObject({ counts: { outputText: 1 }, source: "estimated" });
  });
});

const streamOf = (call = messageCall({ stream: true })) => passMessagesThrough(argsOf(call)).streamTranslator();

describe("a stream of Anthropic to a caller of the Messages API", () => {
  it("is passed on event by event, wherever its bytes are cut, with the caller's name of the model", () => {
    const bytes = encodeText(wholeStream.join(""));
    const sent = eventsOf(wholeStream.join("")).slice(1, -1);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const stream = streamOf();
      const passed = eventsOfBytes(stream.push(bytes.subarray(0, cut)), stream.push(bytes.subarray(cut)));
      expect(passed[0]).toMatchObject({ type: "message_start", message: { id: "msg_up", model: "tuned" } });
      expect(passed.slice(1)).toEqual(sent);
      expect(stream.state()).toBe("done");
    }
  });

  it("keeps message_stop for the close, and bills what was reported last", () => {
    const stream = streamOf();
    expect(decodeText(stream.push(encodeText(wholeStream.join(""))))).not.toContain("message_stop");
    expect(decodeText(stream.close())).toBe(messageStop);
    expect(stream.usage()).toEqual({
      counts: { ...noUsage, inputUncached: 10, inputCacheRead: 5, outputText: 18, outputReasoning: 12 },
      source: "reported",
    });
    expect(stream.facts()).toMatchObject({ upstreamId: "msg_up", upstreamModel: "claude-up" });
  });

  it("edge case 02: says nothing before its message has begun, so that an error up to there has its status", () => {
    const stream = streamOf();
    expect(stream.push(encodeText(messageEvent("ping")))).toHaveLength(0);
    expect(
      stream.push(encodeText(messageEvent("error", { error: { type: "overloaded_error", message: "busy" } }))),
    ).toHaveLength(0);
    expect([stream.state(), stream.error()?.code]).toEqual(["failed", "provider_overloaded"]);
    expect(stream.usage()).toMatchObject({ counts: noUsage });
  });

  it("edge case 10: takes reported zeros for what was used", () => {
    const stream = streamOf();
    const usage = { input_tokens: 0, output_tokens: 0 };
    stream.push(encodeText(messageStart(usage) + messageDelta("end_turn", usage) + messageStop));
    expect(stream.usage()).toEqual({ counts: noUsage, source: "reported" });
  });

  it("bills what had come of an answer that was broken off", () => {
    const stream = streamOf();
    stream.push(encodeText(messageStart({ input_tokens: 10, output_tokens: 1 })));
    const delta = { type: "text_delta", text: "x".repeat(400) };
    stream.push(encodeText(messageEvent("content_block_delta", { index: 0, delta })));
    expect(stream.usage()).toEqual({
      counts: { ...noUsage, inputUncached: 10, outputText: 100 },
      source: "partial",
    });
    expect(stream.end()).toHaveLength(0);
    expect([stream.state(), stream.error()?.code]).toEqual(["failed", "provider_disconnected"]);
  });

  it("edge case 03: tells an error within it by the dialect's own event", () => {
    const events = eventsOf(decodeText(streamOf().fail(internalError(undefined))));
    expect(events).toMatchObject([{ type: "error", error: { type: "api_error" }, request_id: "req_7" }]);
  });

  it("edge case 11: puts data of several lines on one", () => {
    const stream = streamOf();
    stream.push(encodeText(messageStart({})));
    const passed = stream.push(encodeText('event: ping\r\ndata: {"type":\r\ndata: "ping"}\r\n\r\n'));
    expect(decodeText(passed)).toBe('event: ping\ndata: {"type":"ping"}\n\n');
  });
});

describe("a count of tokens at Anthropic", () => {
  const count = (body: unknown) =>
    passCountThrough(argsOf(messageCall({}, "messages/count_tokens"))).readAnswer(encodeJson(body), {});

  it("is asked there, passed on, and free", () => {
    const { request } = passCountThrough(argsOf(messageCall({}, "messages/count_tokens")));
    expect(request.path).toBe("/v1/messages/count_tokens");
    const { bytes, usage } = count({ input_tokens: 12 });
    expect([decodeJsonObject(bytes), usage]).toEqual([{ input_tokens: 12 }, { counts: noUsage, source: "reported" }]);
  });

  it("is refused when it is none", () => {
    expect(() => count({ tokens: 1 })).toThrow(expect.objectContaining({ code: "provider_invalid_answer" }));
    expect(() => count({ error: { type: "overloaded_error" } })).toThrow(
      expect.objectContaining({ code: "provider_overloaded" }),
    );
  });
});
