import type { Meter, ReservationRequest, SettlementRequest } from "@llm-tuner/gateway/ports.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { costOf, type PriceList } from "../prices/price-list.ts";
import { boundsOf, countedSubjectsOf } from "../budgets/bounds.ts";
import type { HoldOutcome } from "../budgets/bounded-holds.ts";
import { budgetUsedUp } from "../budgets/budgets.errors.ts";
import type { BoundedHold } from "../budgets/decide-holds.ts";
import type { TierLimits } from "../limits/tier-limits.ts";
import type { KnownTiers } from "../tiers/known-tiers.ts";
import type { HoldRecord } from "../usage.store.ts";
import type { GroupWriter } from "./group-writer.ts";
import type { Settlements } from "./settlements.ts";

interface MeterDependencies {
  prices: { current: () => Promise<PriceList>; known: () => PriceList };
  tiers: Pick<KnownTiers, "ensure" | "tierOf">;
  limits: TierLimits;
  holds: GroupWriter<HoldRecord, true>;
  boundedHolds: GroupWriter<BoundedHold, HoldOutcome>;
  settlements: Settlements;
  clock: Clock;
  log: Log;
}

/** Held for an answer whose length the caller does not bound; where a budget must hold, it may be no longer. */
const outputTokensHeldByDefault = 1000;
/** The input is estimated from the length of the text. Where a budget must hold, it may be so many times as much. */
const inputMargin = 2;

const wantedPrice = ({ provider, priceModel, startedAt }: ReservationRequest | SettlementRequest) => ({
  provider,
  model: priceModel,
  at: startedAt,
});

/** The gateway's meter on the ledger, the limits of tiers and the budgets. */
export function createMeter(dependencies: MeterDependencies): Meter {
  const { prices, tiers, limits, holds, boundedHolds, settlements, clock, log } = dependencies;

  /**
   * Without a limit nothing is locked; what has neither a limit nor a price is not held at all. Resolves to how many
   * tokens the answer may have, where a budget would not hold otherwise.
   */
  async function hold(request: ReservationRequest): Promise<{ maxOutputTokens?: number }> {
    const { caller, estimatedInputTokens, maxOutputTokens } = request;
    const bounds = boundsOf(caller, tiers.tierOf);
    const price = (await prices.current())(wantedPrice(request));
    const isBounded = bounds.length > 0;
    if (price === undefined && !isBounded) return {};
    const tokens = {
      inputTokens: estimatedInputTokens * (isBounded ? inputMargin : 1),
      outputTokens: maxOutputTokens ?? outputTokensHeldByDefault,
    };
    const record = {
      request_id: request.requestId,
      user_id: caller.accountId,
      api_key_id: caller.keyId,
      hold_nano_usd: price === undefined ? 0 : costOf(price, tokens),
      price_id: price?.id ?? null,
      created_at: clock.now(),
      counted: [...new Set(bounds.map(({ subject }) => subject))],
    };
    if (!isBounded) {
      await holds.write(record);
      return {};
    }
    const { refusal } = await boundedHolds.write({ record, bounds });
    if (refusal !== null) throw budgetUsedUp(refusal, { holdNanoUsd: record.hold_nano_usd, at: record.created_at });
    return { maxOutputTokens: tokens.outputTokens };
  }

  return {
    /** Is awaited: nothing is asked of a provider that the ledger does not know of. */
    async reserve(request) {
      await tiers.ensure();
      const headers = limits.take({
        requestId: request.requestId,
        caller: request.caller,
        inputTokens: request.estimatedInputTokens,
        maxOutputTokens: request.maxOutputTokens,
        usualOutputTokens: outputTokensHeldByDefault,
      });
      try {
        const held = await hold(request);
        return Object.keys(headers).length === 0 ? held : { ...held, headers };
      } catch (error) {
        limits.giveBack(request.requestId, 0);
        throw error;
      }
    },

    /** By the price of the moment when the request began, whatever came since. */
    async settle(request) {
      const { requestId, provider, priceModel } = request;
      limits.giveBack(requestId, request.inputTokens + request.outputTokens);
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
        counted: countedSubjectsOf(request.caller),
      });
      return { costNanoUsd };
    },
  };
}
