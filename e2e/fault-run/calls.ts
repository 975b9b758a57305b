import type { Dice } from "./plan.ts";
import { diceOf, evenText } from "./plan.ts";

export type Dialect =
  | "chat/completions"
  | "completions"
  | "responses"
  | "messages"
  | "messages/count_tokens"
  | "embeddings"
  | "images/generations";

/** When the client goes away without a word. */
export type Leaving = { kind: "after-ms"; ms: number } | { kind: "after-events"; events: number };

/** One call of a client, as it is drawn from the seed. */
export interface PlannedCall {
  number: number;
  dialect: Dialect;
  model: string;
  stream: boolean;
  body: object;
  leaving: Leaving | undefined;
  /** What a gateway that counts four characters a token takes the question for, by docs/operations/billing.md. */
  estimatedInput: number;
  /** Everything that the answer may hold has four characters a token. */
  even: boolean;
  /** How the fake was asked to report its usage. */
  usage: "none" | "zero" | "twice" | "everyChunk" | undefined;
}

const tool = {
  name: "get_weather",
  description: "Says how the weather is.",
  schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
};

/** Four characters are a token. */
const tokensOf = (text: string): number => Math.ceil(text.length / 4);
/** What surrounds a message. */
const frame = 4;

interface Script {
  directive: string;
  even: boolean;
  usage: PlannedCall["usage"];
  leaving: Leaving | undefined;
}

const errors = [
  "error 429",
  "error 429; retry-after 1",
  "error 500",
  "error 503",
  "error 529",
  "error 502; body html",
  "error 500; body text",
  "error 504; body empty",
];
const framings = ["split characters", "crlf", "bom", "comments", "joined 3", "no-last-blank-line", "huge-line 20000"];

const surprises = [' [[fake: {"answer":{"usage":{"outputText":2500}}}]]', " [[fake: failure server_error]]"];
const quiet = Array.from({ length: 30 }, () => "");

/** What goes wrong with a call at the provider, besides what all calls meet. */
const faultOf = (dice: Dice, stream: boolean): string => {
  const events = dice.between(0, 14);
  return dice.weighted([
    ["", 56],
    [`latency ${dice.between(5, 40)} ${dice.between(0, 20)} ${dice.between(1, 6)}`, 14],
    [`truncate ${events} ${dice.one(["reset", "end"])}`, 8],
    [stream ? `error-event ${events}` : "error 500", 3],
    [`stall ${events}`, 2],
    [dice.one(errors), 6],
    [dice.one(framings), 5],
  ]);
};

const usageOf = (dice: Dice): PlannedCall["usage"] =>
  dice.weighted([
    [undefined, 84],
    ["none", 6],
    ["zero", 2],
    ["twice", 4],
    ["everyChunk", 4],
  ]);

const leavingOf = (dice: Dice, stream: boolean): Leaving =>
  stream && dice.percent(75)
    ? { kind: "after-events", events: dice.between(1, 16) }
    : { kind: "after-ms", ms: dice.between(0, 45) };

const scriptOf = (dice: Dice, stream: boolean, { generates }: { generates: boolean }): Script => {
  const leaves = dice.percent(17);
  // Who leaves in the middle needs an answer that takes its time.
  const fault = leaves
    ? `latency ${dice.between(0, 30)} ${dice.between(0, 15)} ${dice.between(2, 6)}`
    : faultOf(dice, stream);
  const usage = generates ? usageOf(dice) : undefined;
  const answers = dice.weighted([
    ["text", 70],
    ["tool", 15],
    ["reasoning", 15],
  ] as const);
  const text = `text ${evenText(dice, dice.between(3, 24))}`;
  const answer = {
    text: [text],
    reasoning: [`reasoning ${evenText(dice, dice.between(3, 12))}`, text],
    tool: ['tool get_weather {"city":"Koeln am Rhein"}'],
  }[answers];
  // Now and then a provider counts far more than anybody could hold for it, and now and then it gives up.
  const surprise = generates && usage === undefined && fault === "" ? dice.one([...quiet, ...surprises]) : "";
  const words = [
    ...(generates ? answer : []),
    ...(fault === "" ? [] : [fault]),
    ...(usage === undefined ? [] : [`usage ${usage}`]),
  ];
  return {
    directive: `${words.length === 0 ? "" : ` [[fake: ${words.join("; ")}]]`}${surprise}`,
    even: answers !== "tool",
    usage,
    leaving: leaves ? leavingOf(dice, stream) : undefined,
  };
};

interface Drawn {
  prompt: string;
  withTool: boolean;
  maxTokens: number | undefined;
  stream: boolean;
}

type Written = Pick<PlannedCall, "model" | "body" | "estimatedInput"> & {
  /** The model may think in words of its own. */
  thinks?: boolean;
};

const chat = (dice: Dice, { prompt, withTool, maxTokens, stream }: Drawn): Written => {
  const model = dice.weighted([
    ["fast", 6],
    ["thinking", 2],
    ["gpt-4.1", 2],
    ["gpt-4o-mini", 2],
    ["claude-haiku-4-5", 2],
    ["gemini-2.5-flash-lite", 2],
    ["gemini-3-flash-preview", 1],
    ["gpt-5.1", 2],
  ]);
  // Few beginnings, so that many prompts are found in the provider's cache.
  const system = `You know the rules of house ${dice.between(1, 4)}, and ${"keep them well ".repeat(6)}`;
  const tools = withTool
    ? [{ type: "function", function: { name: tool.name, description: tool.description, parameters: tool.schema } }]
    : undefined;
  const thinks = (model === "gpt-5.1" || model === "thinking") && dice.percent(60);
  const body = {
    model,
    stream,
    messages: [
      { role: "system", content: system },
      { role: "user", content: prompt },
    ],
    ...(tools === undefined ? {} : { tools }),
    ...(thinks ? { reasoning_effort: dice.one(["low", "medium", "high"]) } : {}),
    ...(dice.percent(35) && model.startsWith("gpt") ? { prompt_cache_key: `house ${dice.between(1, 3)}` } : {}),
    ...(stream && dice.percent(40) ? { stream_options: { include_usage: true } } : {}),
    ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
  };
  const estimatedInput =
    2 * frame + tokensOf(system) + tokensOf(prompt) + (tools === undefined ? 0 : tokensOf(JSON.stringify(tools)));
  return { model, body, estimatedInput, thinks };
};

const completion = (dice: Dice, { prompt, maxTokens, stream }: Drawn): Written => {
  const model = dice.one(["gpt-4o-mini", "gpt-4.1"]);
  return { model, body: { model, prompt, stream, max_tokens: maxTokens ?? 80 }, estimatedInput: tokensOf(prompt) };
};

const response = (dice: Dice, { prompt, withTool, maxTokens, stream }: Drawn): Written => {
  const model = dice.one(["fast", "thinking", "gpt-5.1", "gpt-4.1", "claude-opus-4-8", "gemini-2.5-flash-lite"]);
  const tools = withTool
    ? [{ type: "function", name: tool.name, description: tool.description, parameters: tool.schema, strict: true }]
    : undefined;
  const body = {
    model,
    input: prompt,
    stream,
    store: false,
    ...(tools === undefined ? {} : { tools }),
    ...(maxTokens === undefined ? {} : { max_output_tokens: maxTokens }),
  };
  const ofTools = tools === undefined ? 0 : tokensOf(JSON.stringify(tools));
  return { model, body, estimatedInput: frame + tokensOf(prompt) + ofTools };
};

const message = (dice: Dice, { prompt, withTool, maxTokens, stream }: Drawn): Written => {
  const model = dice.one([
    "fast",
    "thinking",
    "claude-haiku-4-5",
    "claude-opus-4-8",
    "gpt-4.1",
    "gemini-3-flash-preview",
  ]);
  const system = `Rules of house ${dice.between(1, 4)}: ${"be kind and brief ".repeat(5)}`;
  const marks = dice.percent(60);
  const mark = { type: "ephemeral", ...(dice.percent(40) ? { ttl: "1h" } : {}) };
  const tools = withTool ? [{ name: tool.name, description: tool.description, input_schema: tool.schema }] : undefined;
  const thinks = model === "claude-haiku-4-5" && dice.percent(40);
  const body = {
    model,
    stream,
    max_tokens: thinks ? 2000 : (maxTokens ?? 400),
    system: [{ type: "text", text: system, ...(marks ? { cache_control: mark } : {}) }],
    messages: [{ role: "user", content: prompt }],
    ...(tools === undefined ? {} : { tools }),
    ...(thinks ? { thinking: { type: "enabled", budget_tokens: 1024 } } : {}),
  };
  const ofTools = tools === undefined ? 0 : tokensOf(JSON.stringify(tools));
  return { model, body, thinks, estimatedInput: frame + tokensOf(system) + tokensOf(prompt) + ofTools };
};

const tokenCount = (dice: Dice, { prompt }: Drawn): Written => {
  const model = dice.one(["claude-haiku-4-5", "gemini-2.5-flash-lite", "gpt-4.1"]);
  return { model, body: { model, messages: [{ role: "user", content: prompt }] }, estimatedInput: 0 };
};

const embedding = (dice: Dice, { prompt }: Drawn): Written => {
  const model = dice.one(["vectors", "text-embedding-3-small", "gemini-embedding-001"]);
  return { model, body: { model, input: prompt, dimensions: 8 }, estimatedInput: tokensOf(prompt) };
};

const picture = (dice: Dice, { prompt, stream }: Drawn): Written => {
  const model = stream ? "gpt-image-2" : dice.one(["pictures", "gpt-image-2", "imagen-4.0-generate-001"]);
  const quality = model === "gpt-image-2" ? { quality: dice.one(["low", "medium"]) } : {};
  const body = { model, prompt, n: 1, ...quality, ...(stream ? { stream, partial_images: dice.between(0, 3) } : {}) };
  return { model, body, estimatedInput: tokensOf(prompt) };
};

const writers: Readonly<Record<Dialect, (dice: Dice, drawn: Drawn) => Written>> = {
  "chat/completions": chat,
  completions: completion,
  responses: response,
  messages: message,
  "messages/count_tokens": tokenCount,
  embeddings: embedding,
  "images/generations": picture,
};

/** The call of this number in the run of this seed. */
export const plannedCall = (seed: number, number: number): PlannedCall => {
  const dice = diceOf(`call ${seed} ${number}`);
  const dialect = dice.weighted<Dialect>([
    ["chat/completions", 38],
    ["messages", 22],
    ["responses", 16],
    ["completions", 7],
    ["embeddings", 9],
    ["images/generations", 5],
    ["messages/count_tokens", 3],
  ]);
  const generates = !["embeddings", "images/generations", "messages/count_tokens"].includes(dialect);
  const stream = (generates && dice.percent(62)) || (dialect === "images/generations" && dice.percent(40));
  const { directive, even, usage, leaving } = scriptOf(dice, stream, { generates });
  const drawn = {
    prompt: `${evenText(dice, dice.between(4, 60))}${directive}`,
    withTool: directive.includes("tool get_weather"),
    maxTokens: dice.percent(50) ? dice.between(20, 300) : undefined,
    stream,
  };
  const { thinks = false, ...written } = writers[dialect](dice, drawn);
  const isEven = even && (!thinks || directive.includes("reasoning "));
  return { number, dialect, stream, leaving, even: isEven, usage, ...written };
};
