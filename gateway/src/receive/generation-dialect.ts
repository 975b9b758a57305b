import type { Generation, GenerationEvent } from "../conversation/answer.ts";
import type { TranslationNotes } from "../conversation/notes.ts";
import type { GenerationRequest } from "../conversation/request.ts";
import type { GatewayError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { MeasuredUsage } from "../meter/usage.ts";
import type { Call } from "./call.ts";

/** What a dialect needs to write an answer, besides the answer. */
export interface AnswerFrame {
  call: Call;
  /** Unique; what the dialect's own ids are made of where the provider's cannot be used. */
  requestId: string;
  createdAt: Date;
}

/**
 * Writes a streamed answer in a dialect, as text of server-sent events. Nothing is written for what the dialect has no
 * word for; `lost` is called with it then.
 */
export interface GenerationWriter {
  write(event: GenerationEvent): string;
  /**
   * The last events, sent when the answer is complete and settled: for instance `[DONE]`, `message_stop` or
   * `response.completed`. `usage` is what is billed.
   */
  close(usage: MeasuredUsage): string;
  /** An error after the answer began. It ends the stream: no client may take it for the proper end. */
  fail(error: GatewayError): string;
}

/** A dialect of generated answers, read into and written from the neutral form. All steps are pure and synchronous. */
export interface GenerationDialect {
  /** The whole request. Throws a 400 with the field at fault; what has no neutral form goes to `unmapped`. */
  readRequest(call: Call): GenerationRequest;
  /** The whole answer as a JSON body. */
  writeAnswer(frame: AnswerFrame, answer: Generation, usage: MeasuredUsage, notes: TranslationNotes): JsonObject;
  streamWriter(frame: AnswerFrame, notes: TranslationNotes): GenerationWriter;
}
