import type { ChatEvent } from "../../api/chat-stream.ts";
import { CallError } from "../../api/call.ts";
import type { Answer, Failure } from "./playground-state.ts";

const afterEvent = (answer: Answer, event: ChatEvent, elapsedMs: number): Answer => {
  const firstTokenMs = answer.firstTokenMs ?? elapsedMs;
  switch (event.type) {
    case "begun":
      return { ...answer, requestId: event.requestId, provider: event.provider, warnings: event.warnings };
    case "text":
      return { ...answer, firstTokenMs, content: answer.content + event.text };
    case "reasoning":
      return { ...answer, firstTokenMs, reasoning: answer.reasoning + event.text };
    case "refusal":
      return { ...answer, firstTokenMs, refusal: answer.refusal + event.text };
    case "picture":
      return { ...answer, firstTokenMs, pictures: [...answer.pictures, event.url] };
    case "finished":
      return { ...answer, finishReason: event.reason };
    case "usage":
      return { ...answer, inputTokens: event.inputTokens, outputTokens: event.outputTokens };
  }
};

/** The answer with more of it, `elapsedMs` after it was asked for. */
export const afterEvents = (answer: Answer, events: readonly ChatEvent[], elapsedMs: number): Answer =>
  events.reduce((present, event) => afterEvent(present, event, elapsedMs), answer);

const failureOf = (error: unknown): Failure => {
  if (!(error instanceof CallError)) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      code: "page_error",
      message: `Something went wrong in this page: ${message}`,
      status: 0,
      retryAfterSeconds: null,
      field: null,
    };
  }
  return {
    code: error.code,
    message: error.message,
    status: error.status,
    retryAfterSeconds: error.details?.retry_after_seconds ?? null,
    field: error.details?.places?.[0]?.field ?? null,
  };
};

/** The answer that ended by an error; what had come of it stays. */
export const afterFailure = (answer: Answer, error: unknown, elapsedMs: number): Answer => ({
  ...answer,
  status: "failed",
  totalMs: elapsedMs,
  requestId: (error instanceof CallError ? error.requestId : undefined) ?? answer.requestId,
  failure: failureOf(error),
});

/** Tokens a second while they came, without the wait before; null while there is nothing to count. */
export const speedOf = ({ outputTokens, firstTokenMs, totalMs }: Answer): number | null => {
  if (outputTokens === null || firstTokenMs === null || totalMs === null || totalMs <= firstTokenMs) return null;
  return (outputTokens / (totalMs - firstTokenMs)) * 1000;
};
