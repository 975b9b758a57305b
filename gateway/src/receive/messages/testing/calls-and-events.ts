import { decodeText, encodeJson, isJsonObject, type JsonObject } from "../../../json.ts";
import { TranslationNotes } from "../../../conversation/notes.ts";
import type { Call } from "../../call.ts";
import { readCall } from "../../read-call.ts";
import type { AnswerFrame } from "../../generation-dialect.ts";
import { noBounds } from "../../../ports.ts";

const prompt = { model: "tuned", max_tokens: 100, messages: [{ role: "user", content: "hi" }] };

/** A call of the Messages API as it is read from a request; `body` replaces fields of a small one. */
export const messageCall = (body: JsonObject = {}, endpoint: "messages" | "messages/count_tokens" = "messages"): Call =>
  readCall({
    endpoint,
    bytes: encodeJson({ ...prompt, ...body }),
    maxDepth: 64,
    bounds: noBounds,
    header: () => undefined,
  });

export const answerFrame = (): AnswerFrame => ({
  call: messageCall({ stream: true }),
  requestId: "req_7",
  createdAt: new Date(0),
});

export const lenient = (): TranslationNotes => new TranslationNotes({ strict: false });

/** The events of a stream, each by its `event:` line and data, which have to agree. */
export const eventsOf = (text: string): JsonObject[] =>
  text
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => {
      const [, type, data] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? [];
      const value: unknown = JSON.parse(data ?? "");
      if (!isJsonObject(value) || value["type"] !== type) throw new Error(`not an event of the dialect: ${event}`);
      return value;
    });

export const eventsOfBytes = (...pieces: readonly Uint8Array[]): JsonObject[] =>
  eventsOf(pieces.map(decodeText).join(""));
