import { z } from "zod";

/** How the provider answers from now on. */
export const UpstreamBehaviour = z.strictObject({
  /** Before the first byte of an answer. */
  latencyMs: z.number(),
  /** Between the first event of a stream and the second. */
  holdSecondEventMs: z.number(),
});
export type UpstreamBehaviour = z.infer<typeof UpstreamBehaviour>;

export const atOnce: UpstreamBehaviour = { latencyMs: 0, holdSecondEventMs: 0 };

export const eventsOfStream = 60;
export const contentOfEvent = (index: number): string => `word ${index} `;
export const contentOfStream = Array.from({ length: eventsOfStream }, (_, index) => contentOfEvent(index)).join("");
export const contentOfWhole = "word ".repeat(180);
