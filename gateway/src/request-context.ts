import type { GatewayError } from "./errors.ts";
import { RequestTimer } from "./meter/request-timer.ts";
import type { GatewayPorts } from "./ports.ts";
import type { GatewayRequest } from "./receive/exchange.ts";
import type { AnsweredRequest } from "./telemetry/observation.ts";

/** What belongs to one request from its arrival to its answer. */
export interface RequestContext {
  requestId: string;
  startedAt: Date;
  timer: RequestTimer;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Headers that every answer to this request carries, errors included; steps add theirs as they learn them. */
  headers: Record<string, string>;
  seen: SeenRequest;
}

/** What telemetry is told when the request is over; steps put in what they learn. */
export interface SeenRequest {
  route: string | null;
  traceparent: string | null;
  /** What the caller was refused with, or a streamed answer broke off with. */
  error: GatewayError | null;
  answered: AnsweredRequest | null;
}

export const newRequestContext = (
  ports: GatewayPorts,
  { signal, requestId = ports.newRequestId() }: Pick<GatewayRequest, "signal" | "requestId">,
): RequestContext => {
  return {
    requestId,
    startedAt: ports.clock.now(),
    timer: new RequestTimer(),
    signal,
    headers: { "x-request-id": requestId },
    seen: { route: null, traceparent: null, error: null, answered: null },
  };
};

/** The headers of the answer, with the overhead up to now: the context's own, since a request is answered once. */
export const answerHeaders = ({ headers, timer }: RequestContext): Record<string, string> => {
  headers["x-gateway-overhead-ms"] = timer.overheadMs().toFixed(2);
  return headers;
};
