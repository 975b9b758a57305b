import { chatChunk, doneEvent, event } from "@llm-tuner/gateway/testing/fake-upstream.ts";
import { describe, expect, it } from "vitest";
import { createAnswerStream } from "./answer-stream.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const piece = (content: string): string => event(chatChunk({ content }));
const allOf = (stream: ReturnType<typeof createAnswerStream>): Promise<string[]> => Array.fromAsync(stream.pieces());

describe("a streamed answer", () => {
  it("is read whatever its chunks are, also through the middle of a character", async () => {
    const text = `: comment\n\n${piece("grün")}${piece("")}${piece("e")}${event(chatChunk({}, { finish_reason: "length" }))}${doneEvent}`;
    const stream = createAnswerStream();
    stream.reply.start(200, {});
    await stream.begun;
    for (const byte of bytesOf(text)) stream.reply.write(Uint8Array.of(byte));
    stream.reply.end();
    expect(await allOf(stream)).toEqual(["grün", "e"]);
    expect(stream.result()).toEqual({ model: "upstream-model", finishReason: "length", error: undefined });
  });

  it("makes the gateway wait for a slow reader, and go on when they have taken what there was", async () => {
    const stream = createAnswerStream();
    let drained = 0;
    stream.reply.onDrain(() => (drained += 1));
    const taken = Array.from({ length: 300 }, () => stream.reply.write(bytesOf(piece("x"))));
    expect([taken.indexOf(false), taken.lastIndexOf(true)]).toEqual([255, 254]);
    const reader = stream.pieces();
    for (let read = 0; read < 300; read += 1) expect((await reader.next()).value).toBe("x");
    const next = reader.next();
    expect(stream.reply.write(bytesOf(piece("y")))).toBe(true);
    expect((await next).value).toBe("y");
    expect(drained).toBe(1);
    stream.end();
    expect((await reader.next()).done).toBe(true);
  });

  it("that breaks off ends, with what the gateway said of it", async () => {
    const stream = createAnswerStream();
    const error = { message: "gone", type: "server_error", param: null, code: "provider_disconnected" };
    stream.reply.write(bytesOf(piece("a")));
    stream.reply.end(bytesOf(event({ error })));
    expect(await allOf(stream)).toEqual(["a"]);
    expect(stream.result().error).toEqual({ error });

    const cut = createAnswerStream();
    cut.reply.breakOff();
    expect(await allOf(cut)).toEqual([]);
  });
});
