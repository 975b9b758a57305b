import type { Awaitable } from "@llm-tuner/gateway/awaitable.ts";
import { countsOf } from "@llm-tuner/gateway/meter/usage-counts.ts";
import { inputTokensOf, outputTokensOf } from "@llm-tuner/gateway/meter/usage.ts";
import type { Attempt, Meter, ReservationRequest, SettlementRequest } from "@llm-tuner/gateway/ports.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { HoldOutcome } from "../budgets/bounded-holds.ts";
import { boundsOf, countedSubjectsOf } from "../budgets/bounds.ts";
import { budgetUsedUp, tierNotPriced } from "../budgets/budgets.errors.ts";
import type { BoundedHold } from "../budgets/decide-holds.ts";
import type { TierLimits } from "../limits/tier-limits.ts";
import { costOf, isNothing } from "../prices/cost.ts";
import type { MissingPrices } from "../prices/missing-prices.ts";
import type { PriceList } from "../prices/price-list.ts";
import type { UsageSpool } from "../spool/usage-spool.ts";
import type { KnownTiers } from "../tiers/known-tiers.ts";
import type { AttemptRecord, HoldRecord, SettledRecord } from "../usage.store.ts";
import { policyOf } from "./billing.policy.ts";
import type { GroupWriter } from "./group-writer.ts";
import { holdCostOf, lacksPriceOfTier } from "./hold-cost.ts";

interface MeterDependencies {
  prices: { current: () => Awaitable<PriceList>; known: () => PriceList };
  missingPrices: Pick<MissingPrices, "note">;
  tiers: Pick<KnownTiers, "ensure" | "tierOf">;
  limits: TierLimits;
  boundedHolds: GroupWriter<BoundedHold, HoldOutcome>;
  spool: Pick<UsageSpool, "processId" | "hold" | "settle" | "flush">;
  clock: Clock;
}

/** Held for an answer whose length the caller does not bound; where a budget must hold, it may be no longer. */
const outputTokensHeldByDefault = 1000;
/** The input is estimated from the length of the text. Where a budget must hold, it may be so many times as much. */
const inputMargin = 2;

const toAttemptRecord = (attempt: Attempt): AttemptRecord => ({
  deployment: attempt.deployment,
  provider: attempt.provider,
  upstream_model: attempt.upstreamModel,
  outcome: attempt.outcome,
  error_code: attempt.errorCode,
  latency_ms: Math.round(attempt.latencyMs),
});

/** The gateway's meter on the ledger, the limits of tiers and the budgets. */
export function createMeter(dependencies: MeterDependencies): Meter {
  const { prices, missingPrices, tiers, limits, boundedHolds, spool, clock } = dependencies;

  /**
   * Without a limit nothing is locked, and nobody waits for the database. Resolves to how many tokens the answer may
   * have, where a budget would not hold otherwise.
   */
  async function hold(request: ReservationRequest): Promise<{ maxOutputTokens?: number }> {
    const { caller, candidates } = request;
    const bounds = boundsOf(caller, request.model, tiers.tierOf);
    const isBounded = bounds.length > 0;
    const tokens = {
      inputTokens: request.estimatedInputTokens * (isBounded ? inputMargin : 1),
      outputTokens: request.maxOutputTokens ?? outputTokensHeldByDefault,
    };
    const priced = prices.current();
    const priceList = priced instanceof Promise ? await priced : priced;
    // Nothing would be counted by it, however much was spent.
    if (bounds.some(({ limitNanoUsd }) => limitNanoUsd !== null) && lacksPriceOfTier(request, priceList)) {
      throw tierNotPriced();
    }
    const cost = holdCostOf(request, tokens, priceList);
    const record: HoldRecord = {
      request_id: request.requestId,
      user_id: caller.accountId,
      api_key_id: caller.keyId,
      hold_nano_usd: cost?.costNanoUsd ?? 0,
      price_id: cost?.priceId ?? null,
      created_at: clock.now(),
      counted: isBounded ? [...new Set(bounds.map(({ subject }) => subject))] : [],
      process_id: spool.processId,
      model: request.model,
      price_model: candidates[0]?.priceModel ?? request.model,
      provider: candidates[0]?.provider ?? "unknown",
      operation: request.operation,
      stream: request.stream,
    };
    if (!isBounded) {
      await spool.hold(record);
      return {};
    }
    let { refusal } = await boundedHolds.write({ record, bounds });
    if (refusal !== null) {
      // What is over may still be held: its settlement is on its way to the database.
      await spool.flush();
      ({ refusal } = await boundedHolds.write({ record, bounds }));
    }
    if (refusal !== null) throw budgetUsedUp(refusal, { holdNanoUsd: record.hold_nano_usd, at: record.created_at });
    return { maxOutputTokens: tokens.outputTokens };
  }

  /** By the price of the moment when the request began, whatever came since. What used nothing costs nothing. */
  function billOf(request: SettlementRequest, counts: ReturnType<typeof countsOf>) {
    const { provider, priceModel, serviceTier, requestId } = request;
    const inputTokens = inputTokensOf(request.usage.counts);
    const price = prices.known()({ provider, model: priceModel, serviceTier, inputTokens, at: request.startedAt });
    const cost = price === undefined ? null : costOf(price.rates, counts);
    if (price !== undefined && cost !== null) return { cost_nano_usd: cost, price_id: price.id };
    if (isNothing(counts)) return { cost_nano_usd: 0, price_id: null };
    missingPrices.note({ provider, priceModel, serviceTier, requestId });
    return { cost_nano_usd: null, price_id: null };
  }

  const recordOf = (request: SettlementRequest): SettledRecord => {
    const counts = countsOf(request.usage.counts);
    return {
      ...counts,
      ...billOf(request, counts),
      request_id: request.requestId,
      user_id: request.caller.accountId,
      api_key_id: request.caller.keyId,
      model: request.model,
      price_model: request.priceModel,
      provider: request.provider,
      operation: request.operation,
      stream: request.stream,
      usage_source: request.usage.source,
      policy: policyOf(request, counts),
      service_tier: request.serviceTier,
      upstream_id: request.upstreamId,
      outcome: request.outcome,
      error_code: request.errorCode,
      latency_ms: Math.round(request.latencyMs),
      first_byte_ms: request.firstByteMs === null ? null : Math.round(request.firstByteMs),
      started_at: request.startedAt,
      created_at: clock.now(),
      counted: countedSubjectsOf(request.caller, request.model, tiers.tierOf),
      attempts: request.attempts.map(toAttemptRecord),
    };
  };

  return {
    /** Is awaited: nothing is asked of a provider that would be forgotten with this process. */
    async reserve(request) {
      const pending = tiers.ensure();
      if (pending !== undefined) await pending;
      const taking = limits.take(request);
      const limited = taking instanceof Promise ? await taking : taking;
      try {
        return { ...limited, ...(await hold(request)) };
      } catch (error) {
        await limits.giveBack(request.requestId);
        throw error;
      }
    },

    async settle(request) {
      const { counts } = request.usage;
      const tokens = { inputTokens: inputTokensOf(counts), outputTokens: outputTokensOf(counts) };
      const ended = limits.settle(request, tokens);
      const record = recordOf(request);
      await spool.settle(record);
      if (ended instanceof Promise) await ended;
      return { costNanoUsd: record.cost_nano_usd };
    },
  };
}
