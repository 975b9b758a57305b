import type { ExchangeResult } from "../providers/exchange.ts";
import type { GatewayCaller, GatewayPorts, ModelRoute, Settlement } from "../ports.ts";
import type { CompletionCall } from "../receive/completion-call.ts";
import type { RequestContext } from "../request-context.ts";

/** A granted reservation, to be settled once. */
export interface Ticket {
  /** See `Reservation.maxOutputTokens`. */
  maxOutputTokens: number | undefined;
  /** Resolves to no cost when the meter fails; the counts are then in the log. */
  settle(result: ExchangeResult, firstByteMs: number | null): Promise<Settlement>;
}

/**
 * Reserves before anything is asked of a provider, and adds the meter's headers to the answer.
 * Throws the meter's refusal: 402 or 429.
 */
export const reserve = async ({
  ports: { meter, log },
  context,
  caller,
  call,
  route,
}: {
  ports: GatewayPorts;
  context: RequestContext;
  caller: GatewayCaller;
  call: CompletionCall;
  route: ModelRoute;
}): Promise<Ticket> => {
  const { requestId, startedAt, timer } = context;
  const { provider, priceModel } = route;
  const subject = { requestId, caller, model: call.model, priceModel, provider, startedAt };
  const { estimatedInputTokens, maxOutputTokens } = call;
  const reservation = await meter.reserve({ ...subject, estimatedInputTokens, maxOutputTokens });
  Object.assign(context.headers, reservation.headers);
  return {
    maxOutputTokens: reservation.maxOutputTokens,
    async settle({ outcome, usage, error }, firstByteMs) {
      const latencyMs = Math.round(timer.elapsedMs());
      const request = { ...subject, ...usage, outcome, latencyMs, firstByteMs, errorCode: error?.code ?? null };
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
