import { Behaviour, type BehaviourInput } from "./behaviour.ts";
import { isObject, type JsonObject } from "./json.ts";

const directive = /\[\[fake:([\s\S]*?)\]\](?!\])/g;

/** Cuts at `;` outside of quotes and braces. */
const parts = (text: string): string[] => {
  const found: string[] = [];
  let [depth, quoted, from] = [0, false, 0];
  for (let at = 0; at <= text.length; at++) {
    const letter = text[at];
    if (letter === '"' && text[at - 1] !== "\\") quoted = !quoted;
    if (!quoted && (letter === "{" || letter === "[")) depth += 1;
    if (!quoted && (letter === "}" || letter === "]")) depth -= 1;
    if (letter === undefined || (letter === ";" && depth === 0 && !quoted)) {
      found.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return found.filter((part) => part !== "");
};

const number = (word: string | undefined, other = 0): number => (word === undefined ? other : Number(word));

const argumentsIn = (text: string): unknown => {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

type Answer = NonNullable<BehaviourInput["answer"]>;

const answerOf = (answer: Answer, word: string, rest: string): Answer | undefined => {
  const [first] = rest.split(/\s+/);
  switch (word) {
    case "text":
      return { ...answer, text: rest };
    case "words":
      return { ...answer, words: number(first) };
    case "reasoning":
      return { ...answer, reasoning: /^\d+$/.test(rest) ? Number(rest) : rest === "" ? 12 : rest };
    case "redacted":
      return { ...answer, redacted: true };
    case "tool": {
      const [name = ""] = rest.split(/\s+/);
      const call = { name, arguments: argumentsIn(rest.slice(name.length).trim()) };
      return { ...answer, toolCalls: [...(answer.toolCalls ?? []), call] };
    }
    case "refusal":
      return { ...answer, refusal: rest === "" ? "I cannot help with that." : rest };
    case "finish":
      return { ...answer, finish: rest };
    case "blocked":
      return { ...answer, blocked: rest === "" ? "SAFETY" : rest };
    case "citations":
      return { ...answer, citations: true };
    case "image":
      return { ...answer, image: true };
    case "failure":
      return { ...answer, failure: rest === "" ? "server_error" : rest };
    default:
      return undefined;
  }
};

const faultOf = (word: string, rest: string): JsonObject | undefined => {
  const [first, second, third] = rest.split(/\s+/);
  switch (word) {
    case "error":
      return { error: { status: number(first, 500), ...(second ? { type: second } : {}) } };
    case "retry-after":
      return { error: { retryAfterSeconds: number(first) } };
    case "body":
      return { error: { body: first } };
    case "error-event":
      return { errorEvent: { afterEvents: number(first), ...(second ? { type: second } : {}) } };
    case "latency":
      return { latencyMs: { headers: number(first), firstEvent: number(second), between: number(third) } };
    case "truncate":
      return { truncate: { afterEvents: number(first), ...(second ? { how: second } : {}) } };
    case "stall":
      return { stall: { afterEvents: number(first) } };
    case "usage":
      return { usage: first };
    case "split":
      return { framing: { split: first } };
    case "crlf":
    case "bom":
    case "comments":
      return { framing: { [word]: true } };
    case "joined":
      return { framing: { joined: number(first, 1) } };
    case "no-last-blank-line":
      return { framing: { noLastBlankLine: true } };
    case "compress":
      return { compress: first };
    case "huge-line":
      return { hugeLineBytes: number(first) };
    default:
      return undefined;
  }
};

const merged = (one: JsonObject, other: JsonObject): JsonObject => {
  const result = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = result[name];
    result[name] = isObject(before) && isObject(value) ? merged(before, value) : value;
  }
  return result;
};

/**
 * What the directives in a prompt ask for: `[[fake: tool get_weather {"city":"Köln"}; latency 0 50]]`, or a whole behaviour
 * as JSON. Undefined when there are none. Throws on words that it does not know, so that no test asks for nothing.
 */
export const behaviourIn = (prompt: string): Behaviour | undefined => {
  let found: JsonObject | undefined;
  for (const [, text = ""] of prompt.matchAll(directive)) {
    if (text.trim().startsWith("{")) {
      found = merged(found ?? {}, JSON.parse(text));
      continue;
    }
    for (const part of parts(text)) {
      const word = part.split(/\s+/)[0] ?? "";
      const rest = part.slice(word.length).trim();
      const answer = answerOf(Behaviour.shape.answer.parse(found?.["answer"]) ?? {}, word, rest);
      const more = answer === undefined ? faultOf(word, rest) : { answer };
      if (more === undefined) throw new Error(`the fake knows no directive "${word}"`);
      found = merged(found ?? {}, more);
    }
  }
  return found && Behaviour.parse(found);
};
