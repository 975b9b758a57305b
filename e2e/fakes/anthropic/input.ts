import type { Question } from "../answer.ts";
import { listOr, numberOr, objectOr, objectsOr, textOr, type JsonObject, isGiven } from "../json.ts";
import { digest } from "../seeded.ts";
import { countTokens, tokensOfFile, tokensOfImage, tokensOfMessage } from "../tokens.ts";
import { usageOf, type Usage } from "../usage.ts";
import { invalid } from "./errors.ts";
import { blocksOf } from "./rules.ts";

interface Piece {
  key: string;
  tokens: number;
  /** Set where the caller wants the prompt kept up to here. */
  keepFor: "5m" | "1h" | undefined;
}

const keepFor = (value: JsonObject): Piece["keepFor"] => {
  const control = value["cache_control"];
  if (!isGiven(control)) return undefined;
  return objectOr(control)["ttl"] === "1h" ? "1h" : "5m";
};

const blockTokens = (block: JsonObject): number => {
  switch (block["type"]) {
    case "text":
      return countTokens(textOr(block["text"]));
    case "image":
      return tokensOfImage;
    case "document": {
      const { type, data } = objectOr(block["source"]);
      return type === "text" ? countTokens(textOr(data)) : tokensOfFile;
    }
    case "thinking":
      return countTokens(textOr(block["thinking"]));
    case "tool_use":
      return countTokens(textOr(block["name"])) + countTokens(JSON.stringify(block["input"]));
    case "tool_result":
      return blocksOf(block).reduce((sum, one) => sum + blockTokens(one), 0);
    default:
      return 0;
  }
};

/** What the caller marks does not change what a piece is. */
const keyOf = (value: JsonObject): string => digest(JSON.stringify({ ...value, cache_control: undefined }));

const pieceOf = (value: JsonObject, tokens: number): Piece => ({ key: keyOf(value), tokens, keepFor: keepFor(value) });

/** The prompt in the order in which it is kept: tools, system, messages. A message costs three tokens on its first block. */
export const piecesOf = (body: JsonObject): Piece[] => {
  const { format } = objectOr(body["output_config"]);
  const pieces = [
    ...objectsOr(body["tools"]).map((tool) =>
      pieceOf(tool, countTokens(JSON.stringify({ ...tool, cache_control: undefined }))),
    ),
    ...blocksOf({ content: body["system"] ?? [] }).map((block) => pieceOf(block, blockTokens(block))),
    ...(!isGiven(format) ? [] : [pieceOf(objectOr(format), countTokens(JSON.stringify(format)))]),
    ...objectsOr(body["messages"]).flatMap((message) =>
      blocksOf(message).map((block, at) => ({
        ...pieceOf(block, blockTokens(block) + (at === 0 ? tokensOfMessage : 0)),
        key: digest(`${textOr(message["role"])} ${keyOf(block)}`),
      })),
    ),
  ];
  const last = pieces.at(-1);
  if (last !== undefined && last.keepFor === undefined) last.keepFor = keepFor(body);
  return pieces;
};

const checkBreakpoints = (pieces: readonly Piece[]): void => {
  const marks = pieces.flatMap(({ keepFor: mark }) => (mark === undefined ? [] : [mark]));
  if (marks.length > 4) {
    throw invalid(`A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`);
  }
  if (marks.lastIndexOf("1h") > marks.indexOf("5m") && marks.includes("5m")) {
    throw invalid(
      "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
    );
  }
};

/** Remembers beginnings of prompts that callers marked, and counts by them. There is no least length, and they are kept for ever. */
export class MarkedCache {
  readonly #kept = new Set<string>();

  /** Input of a prompt by bucket. */
  count(model: string, pieces: readonly Piece[]): Usage {
    checkBreakpoints(pieces);
    let [key, sum, read] = [model, 0, 0];
    const marks = pieces.flatMap(({ key: own, tokens, keepFor: mark }) => {
      key = digest(`${key} ${own}`);
      sum += tokens;
      if (mark !== undefined && this.#kept.has(key)) read = sum;
      return mark === undefined ? [] : [{ key, mark, upTo: sum }];
    });
    const written = { "5m": 0, "1h": 0 };
    let from = read;
    for (const { key: place, mark, upTo } of marks) {
      this.#kept.add(place);
      if (upTo <= from) continue;
      written[mark] += upTo - from;
      from = upTo;
    }
    return usageOf({
      inputUncached: sum - from,
      inputCacheRead: read,
      inputCacheWrite5m: written["5m"],
      inputCacheWrite1h: written["1h"],
    });
  }
}

const effortWords: Readonly<Record<string, number>> = { low: 4, medium: 8, high: 16, xhigh: 32, max: 64 };

/** Words of thinking: twelve with a budget, by effort (high when nothing is said) where it is adaptive. */
const thinkingWords = (body: JsonObject): number => {
  const { type } = objectOr(body["thinking"]);
  if (type === "enabled") return 12;
  return type === "adaptive" ? (effortWords[textOr(objectOr(body["output_config"])["effort"], "high")] ?? 16) : 0;
};

export const promptOf = (body: JsonObject): string => {
  const last = objectsOr(body["messages"]).at(-1);
  if (last?.["role"] !== "user") return "";
  return blocksOf(last)
    .map(({ text }) => textOr(text))
    .join("\n")
    .trim();
};

export const questionOf = (body: JsonObject, model: string): Question => {
  const { type, name, disable_parallel_tool_use } = objectOr(body["tool_choice"]);
  const choices = { none: "none", any: "required", tool: { names: [textOr(name)] } } as const;
  const { format } = objectOr(body["output_config"]);
  return {
    model,
    prompt: promptOf(body),
    tools: objectsOr(body["tools"]).map((tool) => ({ name: textOr(tool["name"]), schema: tool["input_schema"] })),
    choice: type === "none" || type === "any" || type === "tool" ? choices[type] : "auto",
    parallel: disable_parallel_tool_use !== true,
    ...(!isGiven(format) ? {} : { json: { schema: objectOr(format)["schema"] } }),
    reasoningWords: thinkingWords(body),
    maxTokens: numberOr(body["max_tokens"], 1),
    stops: listOr(body["stop_sequences"]).map((stop) => textOr(stop)),
  };
};
