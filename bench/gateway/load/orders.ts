import { z } from "zod";

/** Where requests go and how they look there. */
export const Target = z.strictObject({
  origin: z.string(),
  path: z.string(),
  model: z.string(),
  /** Sets of headers that requests take turns with, such as one for each API key. */
  headers: z.array(z.record(z.string(), z.string())).min(1),
});
export type Target = z.infer<typeof Target>;

export const RequestShape = z.strictObject({
  /** Length of the body, about. */
  bodyBytes: z.int(),
  stream: z.boolean(),
});
export type RequestShape = z.infer<typeof RequestShape>;

/** What the load process can be asked to do, one thing at a time. */
export const Order = z.discriminatedUnion("kind", [
  /** Asks once and reads the answer to the letter. */
  z.strictObject({ kind: z.literal("verify"), target: Target, shape: RequestShape }),
  /** Keeps so many requests in progress for so long. */
  z.strictObject({
    kind: z.literal("flood"),
    target: Target,
    shape: RequestShape,
    connections: z.int(),
    durationMs: z.int(),
  }),
  /** Asks the two in turns, one request at a time. */
  z.strictObject({
    kind: z.literal("pairs"),
    direct: Target,
    subject: Target,
    shape: RequestShape,
    pairs: z.int(),
  }),
  /** Begins so many requests a second of all shapes; some clients go away in the middle of a stream. */
  z.strictObject({ kind: z.literal("steady"), target: Target, ratePerSecond: z.int(), durationMs: z.int() }),
]);
export type Order = z.infer<typeof Order>;

export const Verified = z.strictObject({ content: z.string(), pieces: z.int() });

export const Flooded = z.strictObject({
  completed: z.int(),
  elapsedMs: z.number(),
  latenciesMs: z.array(z.number()),
});

/** Milliseconds of one request: to the first complete piece of its body, from there to more of it, and to its end. */
const Timing = z.strictObject({ firstPieceMs: z.number(), gapMs: z.number(), totalMs: z.number() });
export const Paired = z.strictObject({ pairs: z.array(z.strictObject({ direct: Timing, subject: Timing })) });

export const Steadied = z.strictObject({
  completed: z.int(),
  leftEarly: z.int(),
  /** Not begun because too many were in progress. */
  skipped: z.int(),
});

export const Answer = z.union([
  z.strictObject({ done: z.union([Verified, Flooded, Paired, Steadied]) }),
  z.strictObject({ failed: z.string() }),
]);
