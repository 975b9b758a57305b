import { isJsonObject, type JsonObject } from "../json.ts";
import { chatChunk, doneEvent, event, jsonAnswer, sends, usageOf, type FakeAnswer } from "./fake-upstream.ts";

export interface ChatMessage {
  content?: string;
  reasoning?: string;
  calls?: readonly { id: string; name: string; arguments: string }[];
  /** Other than the usual one. */
  finish?: string;
}

const charactersPerPiece = 4;

const cutText = (text: string): string[] =>
  Array.from({ length: Math.ceil(text.length / charactersPerPiece) }, (_, index) =>
    text.slice(index * charactersPerPiece, (index + 1) * charactersPerPiece),
  );

const streamed = (message: ChatMessage, finish: string): FakeAnswer => {
  const { content = "", reasoning = "", calls = [] } = message;
  const deltas: JsonObject[] = [
    { role: "assistant", content: "" },
    ...cutText(reasoning).map((piece) => ({ reasoning_content: piece })),
    ...cutText(content).map((piece) => ({ content: piece })),
    ...calls.flatMap(({ id, name, arguments: text }, index) => [
      { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] },
      ...cutText(text).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]),
  ];
  const pieces = deltas.map((delta) => event(chatChunk(delta, { usage: null })));
  const end = event(chatChunk({}, { finish_reason: finish, usage: null }));
  return { steps: sends(...pieces, end, event(chatChunk(null, { usage: usageOf(7, 5) })), doneEvent) };
};

/** What a server of the chat dialect answers when its model says this: whole or streamed, as the request asks. */
export const answerOfModel = (request: JsonObject, message: ChatMessage): FakeAnswer => {
  const { content, reasoning, calls = [] } = message;
  const finish = message.finish ?? (calls.length > 0 ? "tool_calls" : "stop");
  if (request["stream"] === true) return streamed(message, finish);
  const tool_calls = calls.map(({ id, name, arguments: text }) => ({
    id,
    type: "function",
    function: { name, arguments: text },
  }));
  const said = {
    role: "assistant",
    content: content ?? null,
    refusal: null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(tool_calls.length === 0 ? {} : { tool_calls }),
  };
  const choices = [{ index: 0, message: said, logprobs: null, finish_reason: finish }];
  const frame = { id: "chatcmpl-1", object: "chat.completion", created: 1, model: request["model"] };
  return jsonAnswer({ ...frame, choices, usage: usageOf(7, 5) });
};

/** The messages of a request. */
export const messagesOf = ({ messages }: JsonObject): JsonObject[] =>
  Array.isArray(messages) ? messages.filter(isJsonObject) : [];
