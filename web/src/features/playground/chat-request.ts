import type { Picture, PlaygroundState, Settings, Turn } from "./playground-state.ts";

type Part = { type: "text"; text: string } | { type: "image_url"; image_url: { url: string } };
type Message = { role: "system" | "user" | "assistant"; content: string | Part[] };

/** A request of `/v1/chat/completions`, as much of it as the page sets. */
export interface ChatRequest {
  model: string;
  messages: Message[];
  max_completion_tokens?: number;
  temperature?: number;
  top_p?: number;
  stop?: string[];
  seed?: number;
  reasoning_effort?: "low" | "medium" | "high";
}

const contentOf = (prompt: string, pictures: readonly Picture[]): Message["content"] => {
  if (pictures.length === 0) return prompt;
  const text: Part[] = prompt === "" ? [] : [{ type: "text", text: prompt }];
  return [...text, ...pictures.map(({ dataUrl }): Part => ({ type: "image_url", image_url: { url: dataUrl } }))];
};

/** A turn as the model of this lane knows it; one that it has not answered is as if it had not been. */
const messagesOf = (lane: number) => {
  return ({ prompt, pictures, answers }: Turn): Message[] => {
    const content = answers[lane]?.content ?? "";
    if (content === "") return [];
    return [
      { role: "user", content: contentOf(prompt, pictures) },
      { role: "assistant", content },
    ];
  };
};

const numberOf = (text: string): number | undefined => (text.trim() === "" ? undefined : Number(text));

/** Stop sequences stand one a line, as they are: a blank at their end may matter. */
const stopsOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");

const range = (value: number | undefined, from: number, to: number): string | undefined =>
  value === undefined || (value >= from && value <= to) ? undefined : `must be a number from ${from} to ${to}`;

const wholeRange = (value: number | undefined, from: number, to: number): string | undefined =>
  value === undefined || (Number.isInteger(value) && value >= from && value <= to)
    ? undefined
    : `must be a whole number from ${from.toLocaleString("en-US")} to ${to.toLocaleString("en-US")}`;

/** What is wrong with the settings, by field and in words. */
export const settingFaults = (settings: Settings): Partial<Record<keyof Settings, string>> => {
  const faults = {
    temperature: range(numberOf(settings.temperature), 0, 2),
    maxTokens: wholeRange(numberOf(settings.maxTokens), 1, 1_000_000),
    topP: range(numberOf(settings.topP), 0, 1),
    seed: wholeRange(numberOf(settings.seed), 0, 2_147_483_647),
    stop: stopsOf(settings.stop).length > 4 ? "must be at most four lines" : undefined,
  };
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== undefined));
};

const parametersOf = (settings: Settings): Omit<ChatRequest, "model" | "messages"> => {
  const [maxTokens, temperature, topP, seed] = [
    numberOf(settings.maxTokens),
    numberOf(settings.temperature),
    numberOf(settings.topP),
    numberOf(settings.seed),
  ];
  const stop = stopsOf(settings.stop);
  return {
    ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(stop.length === 0 ? {} : { stop }),
    ...(seed === undefined ? {} : { seed }),
    ...(settings.effort === "" ? {} : { reasoning_effort: settings.effort }),
  };
};

/** Whether the model of this name can be told how much to think. */
export type MayReason = (model: string) => boolean;

/** The request that asks the last turn of the model in this lane. */
export const lastRequest = (state: PlaygroundState, lane: number, mayReason: MayReason): ChatRequest => {
  const { lanes, system, settings, turns } = state;
  const last = turns.at(-1);
  const model = lanes[lane] ?? "";
  return {
    model,
    messages: [
      ...(system.trim() === "" ? [] : [{ role: "system" as const, content: system }]),
      ...turns.slice(0, -1).flatMap(messagesOf(lane)),
      { role: "user", content: contentOf(last?.prompt ?? "", last?.pictures ?? []) },
    ],
    // Models without thoughts refuse to be told how long to think.
    ...parametersOf(mayReason(model) ? settings : { ...settings, effort: "" }),
  };
};
