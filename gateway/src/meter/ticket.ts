import { anthropicLimitHeaders } from "../admit/limit-headers.ts";
import { readFact } from "../conversation/answer.ts";
import { nothingUsed } from "./usage.ts";
import type { Attempt, GatewayCaller, GatewayPorts, ModelRoute, Settlement, SettlementRequest } from "../ports.ts";
import type { Call } from "../receive/call.ts";
import type { RequestContext } from "../request-context.ts";

/** How a request ended, as far as its bill is concerned. */
export type Ending = Pick<
  SettlementRequest,
  "outcome" | "usage" | "disconnect" | "serviceTier" | "upstreamId" | "firstByteMs" | "errorCode"
> & {
  /** Who answered, or was asked last. */
  route: ModelRoute;
  attempts: readonly Attempt[];
};

export const nothingAnswered = { usage: nothingUsed, serviceTier: null, upstreamId: null } as const;

/** A granted reservation, to be settled once. */
export interface Ticket {
  /** See `Reservation.maxOutputTokens`. */
  maxOutputTokens: number | undefined;
  /** Resolves to no cost when the meter fails; the counts are then in the log. */
  settle(ending: Ending): Promise<Settlement>;
}

const pricedRoute = ({ provider, priceModel }: ModelRoute) => ({ provider, priceModel });

/** What dialects call a tier of service, and Anthropic's speed, which has prices of its own as well. */
const askedTier = ({ body, dialect }: Call): string | null =>
  dialect === "anthropic" && body["speed"] === "fast" ? "fast" : readFact(body["service_tier"]);

const longestAnswer = (routes: readonly ModelRoute[]): number | null => {
  let longest = 0;
  for (const { maxOutputTokens } of routes) {
    if (maxOutputTokens === null) return null;
    longest = Math.max(longest, maxOutputTokens);
  }
  return longest;
};

/**
 * Reserves before anything is asked of a provider, and adds the meter's headers to the answer.
 * Throws the meter's refusal: 402 or 429.
 */
export const reserve = async ({
  ports: { meter, log },
  context,
  caller,
  call,
  routes,
}: {
  ports: Pick<GatewayPorts, "meter" | "log">;
  context: RequestContext;
  caller: GatewayCaller;
  call: Call;
  routes: readonly ModelRoute[];
}): Promise<Ticket> => {
  const { requestId, startedAt, timer } = context;
  const { model, estimatedInputTokens, maxOutputTokens, pieces, stream, endpoint: operation } = call;
  const subject = { requestId, caller, model, operation, stream, startedAt };
  const candidates = routes.map(pricedRoute);
  const reservation = await meter.reserve({
    ...subject,
    candidates,
    serviceTier: askedTier(call),
    estimatedInputTokens,
    maxOutputTokens,
    modelMaxOutputTokens: longestAnswer(routes),
    pieces,
  });
  Object.assign(context.headers, reservation.headers);
  if (call.dialect === "anthropic") {
    Object.assign(context.headers, anthropicLimitHeaders(reservation.limits ?? [], startedAt));
  }
  return {
    maxOutputTokens: reservation.maxOutputTokens,
    async settle({ route, ...ending }) {
      const latencyMs = Math.round(timer.elapsedMs());
      const request = { ...subject, ...pricedRoute(route), ...ending, latencyMs };
      try {
        return await meter.settle(request);
      } catch (cause) {
        const { caller: payer, ...counts } = request;
        log.error({ ...counts, accountId: payer.accountId, keyId: payer.keyId, err: cause }, "settlement failed");
        return { costNanoUsd: null };
      }
    },
  };
};
