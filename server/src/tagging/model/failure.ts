import type { GatewayError } from "@llm-tuner/gateway/errors.ts";
import type { TaggingOutcome } from "../../documents/documents.module.ts";

type FailureKind = Extract<TaggingOutcome, { ok: false }>["kind"];
export type Failure = Pick<Extract<TaggingOutcome, { ok: false }>, "kind" | "message" | "retryAfterSeconds">;

const asksToWait = new Set([429, 503, 529]);
/** An operator has to mend it; until then every document would fail for nothing. */
const operatorWaitSeconds = 300;

const hasWord = (error: GatewayError, pattern: RegExp): boolean =>
  pattern.test(`${error.code} ${error.param ?? ""} ${error.message}`);

const isRefusal = ({ status }: GatewayError): boolean => status >= 400 && status < 500;

/** Whether less text would help: the context of the model, or a limit that one request alone goes beyond. */
export const isTooLong = (error: GatewayError): boolean =>
  error.status === 413 ||
  (error.status === 429 && !error.retryable) ||
  (isRefusal(error) &&
    hasWord(
      error,
      /context_length|context[ _](?:length|window|size)|too long|too many (?:input )?tokens|(?:maximum|exceed)[^.]*\btokens?\b/i,
    ));

/** Whether the model, or its server, does not take the way in which the answer was asked for. Nothing was generated. */
export const isAboutForm = (error: GatewayError): boolean =>
  (error.status === 400 || error.status === 422) &&
  (hasWord(error, /response_format|json_schema|schema|structured|grammar|guided|\btools?\b|tool_choice|function/i) ||
    // A server that says nothing about its reasons.
    error.message.startsWith("The provider refused the request with status"));

export const isAboutTemperature = (error: GatewayError): boolean =>
  error.status === 400 && hasWord(error, /\btemperature\b/i);

function kindOf(error: GatewayError): FailureKind {
  if (error.status === 402 || error.type === "insufficient_quota") return "over_budget";
  if (error.code === "provider_rejected_credentials") return "busy";
  if (asksToWait.has(error.status) && error.retryable) return "busy";
  return isRefusal(error) ? "refused" : "retry";
}

/** What the gateway's answer means for a document. */
export function failureOf(error: GatewayError): Failure {
  const kind = kindOf(error);
  const wait = error.code === "provider_rejected_credentials" ? operatorWaitSeconds : (error.retryAfterSeconds ?? null);
  return { kind, message: error.message, retryAfterSeconds: kind === "busy" ? wait : null };
}
