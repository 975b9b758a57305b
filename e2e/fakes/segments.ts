import { digest } from "./seeded.ts";

/** A piece of a prompt (a message, the tools) with its tokens. */
export interface Segment {
  /** Equal for equal pieces. */
  key: string;
  text: number;
  image: number;
  audio: number;
}

export const segmentOf = (value: unknown, tokens: Partial<Omit<Segment, "key">>): Segment => ({
  key: digest(JSON.stringify(value)),
  text: 0,
  image: 0,
  audio: 0,
  ...tokens,
});

export const addSegments = (segments: readonly Segment[]): Omit<Segment, "key"> =>
  segments.reduce(
    (sum, { text, image, audio }) => ({ text: sum.text + text, image: sum.image + image, audio: sum.audio + audio }),
    { text: 0, image: 0, audio: 0 },
  );

const sharedLength = (one: readonly Segment[], other: readonly Segment[]): number => {
  const at = one.findIndex(({ key }, place) => other[place]?.key !== key);
  return at < 0 ? one.length : at;
};

const keptPrompts = 50;

/** Remembers prompts, and says how much of the beginning of a new one it has read before. */
export class PromptCache {
  readonly #prompts = new Map<string, Segment[][]>();

  /** Text tokens of the longest beginning that an earlier prompt in this scope shares. */
  read(scope: string, segments: Segment[]): number {
    const earlier = this.#prompts.get(scope) ?? [];
    const shared = Math.max(0, ...earlier.map((prompt) => sharedLength(segments, prompt)));
    this.#prompts.set(scope, [...earlier.slice(1 - keptPrompts), segments]);
    return addSegments(segments.slice(0, shared)).text;
  }
}
