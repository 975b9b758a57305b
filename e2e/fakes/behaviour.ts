import { z } from "zod";
import { Usage } from "./usage.ts";

const count = z.int().min(0);

/** What an answer holds, said in the words of no provider. What is left out follows from the request. */
export const Script = z.strictObject({
  text: z.string().optional(),
  /** Length of the generated text. */
  words: count.optional(),
  /** The reasoning as a text, or its number of words. */
  reasoning: z.union([z.string(), count]).optional(),
  /** Anthropic: puts a redacted_thinking block before the answer. */
  redacted: z.boolean().optional(),
  /** Arguments that are a string go out as they are, be they JSON or not. */
  toolCalls: z.array(z.strictObject({ name: z.string(), arguments: z.unknown() })).optional(),
  refusal: z.string().optional(),
  /** The provider's own word for the end: `length`, `pause_turn`, `SAFETY` … */
  finish: z.string().optional(),
  /** Gemini: blocks the prompt for this reason. */
  blocked: z.string().optional(),
  /** Anthropic: cites the first document. */
  citations: z.boolean().optional(),
  /** Gemini: also answers with a picture. OpenAI Responses: calls the image tool. */
  image: z.boolean().optional(),
  /** Responses and video jobs: ends as failed with this code. */
  failure: z.string().optional(),
  /** Replaces counted numbers. */
  usage: z.partialRecord(Usage.keyof(), count).optional(),
});
export type Script = z.infer<typeof Script>;

const afterEvents = count;

/** How calls are answered. Everything is data, so that it also travels over HTTP and in a prompt. */
export const Behaviour = z.strictObject({
  /** Only calls whose path and model hold these texts. */
  match: z
    .strictObject({ path: z.string(), model: z.string(), stream: z.boolean(), method: z.string() })
    .partial()
    .optional(),
  /** A planned behaviour is used this often; once when left out. */
  times: count.optional(),
  /** A standing behaviour strikes at every nth matching call, */
  every: count.min(1).optional(),
  /** or at this share of them, drawn from a seed. */
  percent: z.number().min(0).max(100).optional(),
  latencyMs: z.strictObject({ headers: count, firstEvent: count, between: count }).partial().optional(),
  error: z
    .strictObject({
      status: z.int(),
      /** The provider's error type or status word; follows from the status when left out. */
      type: z.string().optional(),
      code: z.string().optional(),
      message: z.string().optional(),
      retryAfterSeconds: z.number().optional(),
      details: z.unknown().optional(),
      /** `array` wraps the provider's JSON in an array; `html`, `text` and `empty` come from a proxy before it. */
      body: z.enum(["json", "array", "html", "text", "empty"]).default("json"),
    })
    .optional(),
  /** An error as an event of a stream that began with 200; 0 makes it the first event. */
  errorEvent: z
    .strictObject({
      afterEvents,
      status: z.int().optional(),
      type: z.string().optional(),
      message: z.string().optional(),
    })
    .optional(),
  /** Breaks the answer off: by a reset, or by an end that looks proper. */
  truncate: z.strictObject({ afterEvents, how: z.enum(["reset", "end"]).default("reset") }).optional(),
  /** Sends nothing more until `release()` is called or the client leaves. */
  stall: z.strictObject({ afterEvents }).optional(),
  framing: z
    .strictObject({
      /** One write for each byte, or cuts inside each character of several bytes. */
      split: z.enum(["bytes", "characters"]),
      crlf: z.boolean(),
      bom: z.boolean(),
      comments: z.boolean(),
      noLastBlankLine: z.boolean(),
      /** So many events leave in one write. */
      joined: count.min(1),
    })
    .partial()
    .optional(),
  /** How the answer reports its usage; `none` leaves it out, `zero` says that nothing was used. */
  usage: z.enum(["twice", "everyChunk", "none", "zero"]).optional(),
  /** Compresses the body although nobody asked for it. */
  compress: z.enum(["gzip", "br", "deflate"]).optional(),
  /** Adds a field of so many bytes to the first event, or to the object. */
  hugeLineBytes: count.optional(),
  /** Exactly these bytes, one write each, instead of an answer. */
  raw: z
    .strictObject({
      status: z.int().default(200),
      headers: z.record(z.string(), z.string()).default({}),
      pieces: z.array(z.string()).default([]),
      /** What the provider counts for it. */
      usage: z.partialRecord(Usage.keyof(), count).optional(),
    })
    .optional(),
  answer: Script.optional(),
});
export type Behaviour = z.infer<typeof Behaviour>;
export type BehaviourInput = z.input<typeof Behaviour>;
