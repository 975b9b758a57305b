import type { Answer } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";
import { numberOr, objectOr, type JsonObject } from "../json.ts";
import type { FakeEvent, FakeRequest } from "../reply.ts";
import { digest } from "../seeded.ts";
import { countTokens, tokensOf } from "../tokens.ts";
import { nothingWritten, withWritten, type Usage } from "../usage.ts";
import { completionUsage } from "./usage-json.ts";

/** Sound of a token: four samples of silence. */
const soundBase64 = Buffer.alloc(8).toString("base64");
export const tokensOfSound = 4;
export const soundExpiry = 4_000_000_000;

/** One of the answers to a request. */
export interface Choice {
  answer: Answer;
  ids: string[];
  finish: string;
  /** The id of what is spoken, if the caller wants sound. */
  voiceId: string | undefined;
}

export const logprobsOf = (text: string, body: JsonObject): JsonObject | null => {
  if (body["logprobs"] !== true) return null;
  const one = (token: string) => ({ token, logprob: -0.25, bytes: [...Buffer.from(token)] });
  const top = numberOr(body["top_logprobs"], 0);
  const content = tokensOf(text).map((token) => ({
    ...one(token),
    top_logprobs: Array.from({ length: top }, (_, at) => ({ ...one(token), logprob: -0.25 - at })),
  }));
  return { content, refusal: null };
};

interface Delta {
  delta: JsonObject;
  text?: number;
  reasoning?: number;
  audio?: number;
  finish?: string;
}

/** Fragments of all calls by turns, as models stream calls that they make side by side. */
const callDeltas = ({ answer, ids }: Choice): Delta[] => {
  const begins = answer.calls.map(({ name }, index) => ({
    delta: { tool_calls: [{ index, id: ids[index], type: "function", function: { name, arguments: "" } }] },
    text: countTokens(name),
  }));
  const fragments = answer.calls.map((call) => tokensOf(call.arguments));
  const longest = Math.max(0, ...fragments.map(({ length }) => length));
  const rounds = Array.from({ length: longest }, (_, round) =>
    fragments.flatMap((tokens, index): Delta[] => {
      const token = tokens[round];
      return token === undefined
        ? []
        : [{ delta: { tool_calls: [{ index, function: { arguments: token } }] }, text: 1 }];
    }),
  );
  return [...begins, ...rounds.flat()];
};

/** Speech comes as a text and as sound, side by side; the sound of a token costs four. */
const spokenDeltas = (text: string, id: string): Delta[] => [
  { delta: { audio: { id, transcript: "" } } },
  ...tokensOf(text).map((transcript): Delta => ({
    delta: { audio: { transcript, data: soundBase64 } },
    text: 1,
    audio: tokensOfSound,
  })),
  { delta: { audio: { expires_at: soundExpiry } } },
];

const writtenDeltas = (text: string): Delta[] =>
  tokensOf(text).map((content): Delta => ({ delta: { content }, text: 1 }));

const deltasOf = (choice: Choice): Delta[] => {
  const { answer, finish } = choice;
  return [
    // Reasoning is hidden: it has been made when the first piece leaves.
    {
      delta: { role: "assistant", content: answer.calls.length > 0 && answer.text === "" ? null : "", refusal: null },
      reasoning: countTokens(answer.reasoning),
    },
    ...(choice.voiceId === undefined ? writtenDeltas(answer.text) : spokenDeltas(answer.text, choice.voiceId)),
    ...tokensOf(answer.refusal).map((refusal): Delta => ({ delta: { refusal }, text: 1 })),
    ...callDeltas(choice),
    { delta: {}, finish },
  ];
};

/** The chunks of all choices, one after the other, and what follows them. */
export const chatChunks = (
  choices: Choice[],
  frame: JsonObject,
  usage: Usage,
  { body, call }: FakeRequest,
  mode: Behaviour["usage"],
): FakeEvent[] => {
  const { include_usage, include_obfuscation } = objectOr(body["stream_options"]);
  const everyChunk = mode === "everyChunk";
  let [text, reasoning, audio] = [0, 0, 0];
  const events = choices.flatMap((choice, index) =>
    deltasOf(choice).map(({ delta, finish = null, ...written }, at): FakeEvent => {
      text += written.text ?? 0;
      reasoning += written.reasoning ?? 0;
      audio += written.audio ?? 0;
      const soFar = everyChunk
        ? completionUsage(withWritten(usage, { ...nothingWritten, text, reasoning, audio }))
        : null;
      const logprobs =
        typeof delta["content"] === "string" && delta["content"] !== "" ? logprobsOf(delta["content"], body) : null;
      const data = {
        ...frame,
        choices: [{ index, delta, logprobs, finish_reason: finish }],
        ...(include_usage === true || everyChunk ? { usage: soFar } : {}),
        ...(include_obfuscation === false ? {} : { obfuscation: digest(`${call} ${index} ${at}`).slice(0, 8) }),
      };
      return { data, written };
    }),
  );
  const last: FakeEvent = { data: { ...frame, choices: [], usage: completionUsage(usage) }, reportsUsage: true };
  const isReported = (include_usage === true || mode === "twice" || everyChunk) && mode !== "none";
  return [...events, ...(isReported ? [last] : []), ...(mode === "twice" ? [last] : []), { data: "[DONE]" }];
};
