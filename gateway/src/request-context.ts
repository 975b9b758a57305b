import { RequestTimer } from "./meter/request-timer.ts";
import type { GatewayPorts } from "./ports.ts";

/** What belongs to one request from its arrival to its answer. */
export interface RequestContext {
  requestId: string;
  startedAt: Date;
  timer: RequestTimer;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Headers that every answer to this request carries, errors included; steps add theirs as they learn them. */
  headers: Record<string, string>;
}

export const newRequestContext = (ports: GatewayPorts, signal: AbortSignal): RequestContext => {
  const requestId = ports.newRequestId();
  return {
    requestId,
    startedAt: ports.clock.now(),
    timer: new RequestTimer(),
    signal,
    headers: { "x-request-id": requestId },
  };
};

/** The headers of the answer, with the overhead up to now. */
export const answerHeaders = ({ headers, timer }: RequestContext): Record<string, string> => ({
  ...headers,
  "x-gateway-overhead-ms": timer.overheadMs().toFixed(2),
});
