import type { GatewayPorts } from "../ports.ts";
import type { RequestContext } from "../request-context.ts";
import { faultOf } from "./faults.ts";

/** Tells the port what became of a request. What the port throws is logged: nobody is denied an answer for it. */
export const observe = (
  { observe: tell, log }: Pick<GatewayPorts, "observe" | "log">,
  { requestId, startedAt, timer, signal, seen }: RequestContext,
): void => {
  if (tell === undefined) return;
  const { route, traceparent, error, answered } = seen;
  const isGone = signal.aborted;
  const fault = error === null ? null : faultOf(error);
  try {
    tell({
      requestId,
      route,
      traceparent,
      status: isGone ? null : (error?.status ?? 200),
      fault: isGone ? "caller.gone" : fault,
      startedAt,
      latencyMs: timer.elapsedMs(),
      overheadMs: timer.overheadMs(),
      answered,
    });
  } catch (cause) {
    log.error({ requestId, err: cause }, "a request could not be observed");
  }
};
