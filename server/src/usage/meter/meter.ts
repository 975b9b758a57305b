import type { Meter, ReservationRequest, SettlementRequest } from "@llm-tuner/gateway/ports.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { costOf, type PriceList } from "../prices/price-list.ts";
import type { HoldRecord } from "../usage.store.ts";
import type { GroupWriter } from "./group-writer.ts";
import type { Settlements } from "./settlements.ts";

interface MeterDependencies {
  prices: { current: () => Promise<PriceList>; known: () => PriceList };
  holds: GroupWriter<HoldRecord, true>;
  settlements: Settlements;
  clock: Clock;
  log: Log;
}

/** Held for an answer whose length the caller does not bound. */
const outputTokensHeldByDefault = 1000;

const wantedPrice = ({ provider, priceModel, startedAt }: ReservationRequest | SettlementRequest) => ({
  provider,
  model: priceModel,
  at: startedAt,
});

/** The gateway's meter on the ledger. Nothing is refused here yet: a hold only says what is at stake. */
export function createMeter({ prices, holds, settlements, clock, log }: MeterDependencies): Meter {
  return {
    /** Is awaited: nothing is asked of a provider that the ledger does not know of. */
    async reserve(request) {
      const find = await prices.current();
      const price = find(wantedPrice(request));
      if (price === undefined) return {};
      const outputTokens = request.maxOutputTokens ?? outputTokensHeldByDefault;
      await holds.write({
        request_id: request.requestId,
        user_id: request.caller.accountId,
        api_key_id: request.caller.keyId,
        hold_nano_usd: costOf(price, { inputTokens: request.estimatedInputTokens, outputTokens }),
        price_id: price.id,
        created_at: clock.now(),
        counted: [],
      });
      return {};
    },

    /** By the price of the moment when the request began, whatever came since. */
    async settle(request) {
      const { requestId, provider, priceModel } = request;
      const price = prices.known()(wantedPrice(request));
      if (price === undefined) log.warn({ requestId, provider, priceModel }, "a request has no price, so no cost");
      const costNanoUsd = await settlements.settle({
        request_id: requestId,
        user_id: request.caller.accountId,
        api_key_id: request.caller.keyId,
        model: request.model,
        price_model: priceModel,
        provider,
        input_tokens: request.inputTokens,
        output_tokens: request.outputTokens,
        usage_source: request.usageSource,
        cost_nano_usd: price === undefined ? null : costOf(price, request),
        price_id: price?.id ?? null,
        outcome: request.outcome,
        error_code: request.errorCode,
        latency_ms: request.latencyMs,
        first_byte_ms: request.firstByteMs === null ? null : Math.round(request.firstByteMs),
        started_at: request.startedAt,
        created_at: clock.now(),
      });
      return { costNanoUsd };
    },
  };
}
