import type {
  GenerationRequest,
  ImagePart,
  Part,
  TextPart,
  ToolCallPart,
  ToolChoice,
  ToolDefinition,
  ToolResultPart,
  Turn,
} from "../conversation/request.ts";
import { randomText } from "./random-answers.ts";
import type { Random } from "./random.ts";

/** Whether there are words for penalties, seeds and several answers. */
export interface RequestKinds {
  hasPenalties: boolean;
}

const text = (random: Random): TextPart => ({
  type: "text",
  text: `t${random.below(10)}${randomText(random).trimEnd()}`,
});

const image = (random: Random): ImagePart => ({
  type: "image",
  source: random.chance()
    ? { kind: "url", url: `https://example.com/${random.below(100)}.png` }
    : { kind: "base64", mediaType: "image/png", data: "iVBORw0KGgo=" },
});

const listOf = <Item>(random: Random, most: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: random.below(most + 1) }, (_, index) => make(index));

const schemaOf = (random: Random) => ({
  type: "object",
  properties: { [`p${random.below(5)}`]: { type: random.pick(["string", "integer"]) } },
  additionalProperties: false,
});

const toolOf = (random: Random, index: number): ToolDefinition => ({
  name: `tool_${index}`,
  parameters: schemaOf(random),
  ...(random.chance() ? { description: randomText(random, 1) } : {}),
});

const callOf = (random: Random, id: string): ToolCallPart => ({
  type: "tool-call",
  id,
  name: `tool_${random.below(3)}`,
  arguments: JSON.stringify(random.chance() ? {} : { a: randomText(random), n: random.below(1_000) }),
});

const resultOf = (random: Random, callId: string): ToolResultPart => ({
  type: "tool-result",
  callId,
  content: [text(random)],
});

/** A question and its answer, with calls of tools and their results between. */
const exchangeOf = (random: Random, number: number): Turn[] => {
  const asked: Part[] = [text(random), ...listOf(random, 2, () => (random.chance() ? text(random) : image(random)))];
  const ids = listOf(random, 3, (index) => `call_${number}_${index}`);
  const said: Part[] = ids.length === 0 || random.chance() ? [text(random)] : [];
  return [
    { role: "user", parts: asked },
    { role: "assistant", parts: [...said, ...ids.map((id) => callOf(random, id))] },
    ...(ids.length === 0
      ? []
      : [
          { role: "user", parts: ids.map((id) => resultOf(random, id)) } satisfies Turn,
          { role: "assistant", parts: [text(random)] } satisfies Turn,
        ]),
  ];
};

/** A request that every provider can be asked whole. */
export const randomRequest = (random: Random, { hasPenalties }: RequestKinds): GenerationRequest => {
  const exchanges = listOf(random, 3, (index) => exchangeOf(random, index)).flat();
  // At least one, since the words of Anthropic's name tools that were called even where no tool is there any more.
  const first = toolOf(random, 0);
  const tools = [first, ...listOf(random, 2, (index) => toolOf(random, index + 1))];
  const choices: [ToolChoice, ...ToolChoice[]] = [
    { type: "auto" },
    { type: "required" },
    { type: "none" },
    { type: "tool", name: first.name },
  ];
  const system: Turn[] = random.chance() ? [{ role: "system", parts: [text(random)] }] : [];
  return {
    turns: [...system, ...exchanges, { role: "user", parts: [text(random)] }],
    tools,
    toolChoice: random.chance() ? random.pick(choices) : undefined,
    parallelToolCalls: undefined,
    output: random.chance()
      ? { type: "text" }
      : { type: "json-schema", name: "answer", schema: schemaOf(random), strict: true },
    reasoning: undefined,
    sampling: {
      ...(random.chance() ? { temperature: random.below(11) / 10 } : {}),
      ...(random.chance() ? { stop: [`s${random.below(9)}`] } : {}),
      ...(hasPenalties && random.chance() ? { seed: random.below(100), presencePenalty: 0.5 } : {}),
    },
    maxOutputTokens: 1 + random.below(1_000),
    choices: hasPenalties ? 1 + random.below(2) : 1,
    endUser: random.chance() ? `person-${random.below(100)}` : undefined,
    unmapped: [],
  };
};
