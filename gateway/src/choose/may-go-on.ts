import type { GatewayError } from "../errors.ts";
import type { Endpoint } from "../receive/call.ts";

/**
 * Who may be asked after a failure:
 * - `same`: this deployment once more, or another: a connection broke before an answer, which says nothing about the next one;
 * - `other`: only another deployment: this one has said no, and asking it again would add to its load;
 * - `none`: nobody, for the fault lies in the request, or the work may have been done and is not to be done twice.
 */
export type RetryScope = "same" | "other" | "none";

/** The provider has certainly not begun. */
const beforeAnyWork = new Set(["provider_unreachable", "provider_rate_limited", "provider_overloaded"]);

const connectionFaults = new Set(["provider_unreachable", "provider_disconnected"]);

/** Operations of which each attempt makes something that is kept and paid for, such as a film. */
const makesSomethingLasting: ReadonlySet<Endpoint> = new Set<Endpoint>(["videos"]);

/** Whether asking twice would make, and cost, two. */
export const isLasting = (endpoint: Endpoint): boolean => makesSomethingLasting.has(endpoint);

/** Whether a provider that failed so has certainly not begun. */
export const isBeforeAnyWork = ({ code }: GatewayError): boolean => beforeAnyWork.has(code);

/**
 * Who may be asked after a request failed before any byte of an answer reached the client. Generating a text twice costs
 * twice at most and changes nothing, so faults of a provider go to the next one. `begun`: it had sent a status line.
 */
export const retryScopeOf = (endpoint: Endpoint, error: GatewayError, begun: boolean): RetryScope => {
  if (error.status < 500 && error.status !== 429) return "none";
  // A fault of the gateway's own is the same everywhere.
  if (error.code === "internal_error") return "none";
  if (isLasting(endpoint) && !isBeforeAnyWork(error)) return "none";
  return !begun && connectionFaults.has(error.code) ? "same" : "other";
};
