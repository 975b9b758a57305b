import { z } from "zod";

const count = z.int().min(0).default(0);

/** What one call costs, in disjoint buckets: the sum of all input buckets is everything that was read. */
export const Usage = z.strictObject({
  inputUncached: count,
  inputCacheRead: count,
  inputCacheWrite5m: count,
  inputCacheWrite1h: count,
  inputAudio: count,
  inputImage: count,
  outputText: count,
  outputReasoning: count,
  outputAudio: count,
  outputImage: count,
  images: count,
  videoSeconds: count,
});
export type Usage = z.infer<typeof Usage>;

const buckets = Usage.keyof().options;

export const usageOf = (some: z.input<typeof Usage> = {}): Usage => Usage.parse(some);

export const addUsage = (one: Usage, other: Partial<Usage>): Usage =>
  usageOf(Object.fromEntries(buckets.map((bucket) => [bucket, one[bucket] + (other[bucket] ?? 0)])));

/** The same input, and only so much output as is given. */
export const withOutput = (whole: Usage, output: Partial<Usage>): Usage =>
  usageOf({
    ...Object.fromEntries(buckets.filter((bucket) => bucket.startsWith("input")).map((name) => [name, whole[name]])),
    ...output,
  });

/** Output tokens that have left, by kind. */
export interface Written {
  text: number;
  reasoning: number;
  audio: number;
  image: number;
}

export const nothingWritten: Readonly<Written> = { text: 0, reasoning: 0, audio: 0, image: 0 };

/** All output of a usage, as it is written. */
export const wholeOutput = (usage: Usage): Written => ({
  text: usage.outputText,
  reasoning: usage.outputReasoning,
  audio: usage.outputAudio,
  image: usage.outputImage,
});

/** The same input, and the output that was written. */
export const withWritten = (whole: Usage, { text, reasoning, audio, image }: Written): Usage =>
  withOutput(whole, { outputText: text, outputReasoning: reasoning, outputAudio: audio, outputImage: image });

export const inputTokens = (usage: Usage): number =>
  usage.inputUncached +
  usage.inputCacheRead +
  usage.inputCacheWrite5m +
  usage.inputCacheWrite1h +
  usage.inputAudio +
  usage.inputImage;

export const outputTokens = (usage: Usage): number =>
  usage.outputText + usage.outputReasoning + usage.outputAudio + usage.outputImage;

/** What is billed: the count, or what a test said instead of it. */
export const billed = (
  counted: Usage,
  said: { usage?: "zero" | (string & {}) | undefined; answer?: { usage?: object | undefined } | undefined },
): Usage => (said.usage === "zero" ? usageOf() : usageOf({ ...counted, ...said.answer?.usage }));
