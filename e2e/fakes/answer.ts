import type { Script } from "./behaviour.ts";
import { sampleOf } from "./schema-sample.ts";
import { digest, seededText } from "./seeded.ts";
import { countTokens, tokensOf } from "./tokens.ts";

export interface OfferedTool {
  name: string;
  schema: unknown;
}

/** What every provider's request comes down to. */
export interface Question {
  model: string;
  /** The text of the last message, if that is not the model's own. */
  prompt: string;
  tools: readonly OfferedTool[];
  choice: "auto" | "none" | "required" | { names: readonly string[] };
  /** Whether one answer may call several tools. */
  parallel: boolean;
  /** The answer is JSON; with a schema, JSON that fits it. */
  json?: { schema?: unknown } | undefined;
  /** Words of reasoning, unless a script says otherwise. */
  reasoningWords: number;
  maxTokens?: number | undefined;
  stops: readonly string[];
}

export interface AnsweredCall {
  name: string;
  /** The arguments as text; without them the empty text. */
  arguments: string;
}

export interface Answer {
  reasoning: string;
  text: string;
  refusal: string;
  calls: AnsweredCall[];
  end: "stop" | "stopSequence" | "length" | "calls" | "refusal";
  stopSequence: string | null;
}

const calledTools = ({ tools, choice, prompt, parallel }: Question): OfferedTool[] => {
  if (choice === "none") return [];
  const allowed = typeof choice === "object" ? tools.filter(({ name }) => choice.names.includes(name)) : tools;
  const named = allowed.filter(({ name }) => prompt.includes(name));
  const chosen = named.length === 0 && choice !== "auto" ? allowed.slice(0, 1) : named;
  return parallel ? chosen : chosen.slice(0, 1);
};

const argumentsOf = (question: Question, call: { name: string; arguments?: unknown }, seed: string): AnsweredCall => {
  if (typeof call.arguments === "string") return { name: call.name, arguments: call.arguments };
  const schema = question.tools.find(({ name }) => name === call.name)?.schema;
  return { name: call.name, arguments: JSON.stringify(call.arguments ?? sampleOf(schema ?? {}, seed)) };
};

/** Takes tokens from a text until the allowance is used up. */
const cutter = (maxTokens: number | undefined) => {
  let left = maxTokens ?? Number.POSITIVE_INFINITY;
  let wasCut = false;
  return {
    cut(text: string): string {
      const tokens = tokensOf(text);
      const kept = tokens.slice(0, left);
      wasCut ||= kept.length < tokens.length;
      left -= kept.length;
      return kept.join("");
    },
    wasCut: () => wasCut,
    isSpent: () => left <= 0,
  };
};

const textOf = ({ json, model, prompt }: Question, script: Script, hasCalls: boolean): string => {
  if (script.text !== undefined) return script.text;
  const seed = `${model}\n${prompt}`;
  if (script.refusal !== undefined || (hasCalls && script.words === undefined)) return "";
  if (json?.schema !== undefined) return JSON.stringify(sampleOf(json.schema, seed));
  const words = seededText(seed, script.words ?? 5 + (Number.parseInt(digest(seed).slice(0, 2), 16) % 8));
  return json === undefined ? words : JSON.stringify({ answer: words });
};

/**
 * The answer to a question, the same for the same question: the tools that the prompt names are called, JSON fits its
 * schema, and the most tokens cut first the reasoning, then the text, then the arguments.
 */
export const answerTo = (question: Question, script: Script = {}): Answer => {
  const seed = `${question.model}\n${question.prompt}`;
  const { cut, wasCut, isSpent } = cutter(question.maxTokens);
  const { reasoning: thought = question.reasoningWords } = script;
  const reasoning = cut(typeof thought === "string" ? thought : seededText(`reasoning ${seed}`, thought));
  const asked = script.toolCalls ?? calledTools(question);
  const planned = asked.map((call, at) => argumentsOf(question, call, `${seed}${at}`));
  let text = textOf(question, script, planned.length > 0);
  const stops = question.stops.filter((stop) => stop !== "" && text.includes(stop));
  const stopSequence = stops.sort((one, other) => text.indexOf(one) - text.indexOf(other))[0] ?? null;
  if (stopSequence !== null) text = text.slice(0, text.indexOf(stopSequence));
  text = cut(text);
  const refusal = cut(script.refusal ?? "");
  const calls: AnsweredCall[] = [];
  for (const call of planned) {
    if (isSpent() || wasCut()) break;
    cut(call.name);
    calls.push({ name: call.name, arguments: cut(call.arguments) });
  }
  const isCut = wasCut() || calls.length < planned.length;
  const end = isCut ? "length" : refusal !== "" ? "refusal" : calls.length > 0 ? "calls" : "stop";
  return {
    reasoning,
    text,
    refusal,
    calls,
    end: end === "stop" && stopSequence !== null ? "stopSequence" : end,
    stopSequence,
  };
};

/** Output tokens of an answer without its reasoning. */
export const answerTokens = ({ text, refusal, calls }: Answer): number =>
  countTokens(text) +
  countTokens(refusal) +
  calls.reduce((sum, call) => sum + countTokens(call.name) + countTokens(call.arguments), 0);
