import { isModelAllowed } from "@llm-tuner/gateway/admit/model-patterns.ts";
import type { GatewayCaller, SpendBound } from "@llm-tuner/gateway/ports.ts";
import { ownerOf } from "../limits/owners.ts";
import type { TierRow } from "../tiers/tiers.store.ts";

/** A bound that limits something, with the words for whom it does. */
export interface Bound extends SpendBound {
  /** Such as "this API key" or "the tier standard of this account". */
  of: string;
  /** Pattern of the models that count; null for all of them. */
  model: string | null;
  /** The credential carries it itself; otherwise a tier does. */
  isOfCredential: boolean;
}

/** The first bound that does not cover a request, with its counter at that moment. */
export interface Refusal {
  bound: Bound;
  kind: "spend" | "requests";
  heldNanoUsd: number;
  spentNanoUsd: number;
}

/** The limits of tiers by name; a name that does not exist has those of the standard tier. */
export type TierOf = (name: string) => TierRow;

/** Whose tier it is, and the limits that hold for one request: the tier's own (null), and those of each pattern that fits. */
export interface LimitScope {
  subject: string;
  tierName: string;
  model: string | null;
  limits: Pick<
    TierRow,
    | "requests_per_minute"
    | "tokens_per_minute"
    | "concurrent_requests"
    | "daily_spend_nano_usd"
    | "monthly_spend_nano_usd"
  >;
}

export const userSubject = (userId: string): string => `user:${userId}`;

interface TiersOfCaller {
  own: TierRow;
  ofCredential: TierRow | undefined;
}

const scopesFor = (
  { accountId, bounds }: GatewayCaller,
  model: string,
  { own, ofCredential }: TiersOfCaller,
): LimitScope[] => {
  const tiers = [
    { subject: userSubject(accountId), tier: own },
    ...(bounds.tier === null || ofCredential === undefined
      ? []
      : [{ subject: bounds.tier.subject, tier: ofCredential }]),
  ];
  return tiers.flatMap(({ subject, tier: row }): LimitScope[] => [
    { subject, tierName: row.name, model: null, limits: row },
    ...row.model_limits
      .filter((limits) => isModelAllowed([limits.model], model))
      .map((limits) => ({ subject, tierName: row.name, model: limits.model, limits })),
  ]);
};

/** Words for whom a scope limits: `this account (tier team, models gpt-*)` without the brackets' contents. */
const wordsOf = ({ subject, tierName, model }: LimitScope): string =>
  `the tier ${tierName} of ${ownerOf(subject).words}${model === null ? "" : ` for models ${model}`}`;

/** Models of a pattern have a counter of their own. */
const counterOf = ({ subject, model }: LimitScope): string => (model === null ? subject : `${subject} ${model}`);

const spendOf = (scope: LimitScope): Bound[] => {
  const { daily_spend_nano_usd, monthly_spend_nano_usd } = scope.limits;
  // Most tiers limit no money, and this is asked with every request.
  if (daily_spend_nano_usd === null && monthly_spend_nano_usd === null) return [];
  const common = {
    subject: counterOf(scope),
    maxRequests: null,
    of: wordsOf(scope),
    model: scope.model,
    isOfCredential: false,
  };
  return [
    { ...common, period: "month", limitNanoUsd: monthly_spend_nano_usd },
    { ...common, period: "day", limitNanoUsd: daily_spend_nano_usd },
  ];
};

const isLimiting = ({ limitNanoUsd, maxRequests }: SpendBound): boolean =>
  limitNanoUsd !== null || maxRequests !== null;

const boundsFor = ({ bounds }: GatewayCaller, scopes: readonly LimitScope[]): Bound[] => [
  ...bounds.spend
    .filter(isLimiting)
    .map((bound) => ({ ...bound, of: ownerOf(bound.subject).words, model: null, isOfCredential: true })),
  ...scopes.flatMap(spendOf).filter(isLimiting),
];

const countedFor = ({ accountId, bounds }: GatewayCaller, limiting: readonly Bound[]): string[] => {
  const subjects = new Set(bounds.spend.map(({ subject }) => subject));
  if (bounds.tier !== null) subjects.add(bounds.tier.subject);
  for (const { model, subject } of limiting) if (model !== null) subjects.add(subject);
  subjects.delete(userSubject(accountId));
  return [...subjects];
};

interface CallerLimits {
  scopes: readonly LimitScope[];
  bounds: readonly Bound[];
  counted: readonly string[];
}

/** A caller is one object for many requests, and asks for few models. */
const known = new WeakMap<GatewayCaller, TiersOfCaller & { byModel: Map<string, CallerLimits> }>();
const maxModels = 100;

/** All of it, found out once for as long as the tiers are the same rows: three steps of every request ask for it. */
const limitsOf = (caller: GatewayCaller, model: string, tierOf: TierOf): CallerLimits => {
  const tiers = {
    own: tierOf(caller.tier),
    ofCredential: caller.bounds.tier === null ? undefined : tierOf(caller.bounds.tier.name),
  };
  let of = known.get(caller);
  if (of === undefined || of.own !== tiers.own || of.ofCredential !== tiers.ofCredential) {
    of = { ...tiers, byModel: new Map() };
    known.set(caller, of);
  }
  const found = of.byModel.get(model);
  if (found !== undefined) return found;
  const scopes = scopesFor(caller, model, tiers);
  const bounds = boundsFor(caller, scopes);
  const limits = { scopes, bounds, counted: countedFor(caller, bounds) };
  if (of.byModel.size >= maxModels) of.byModel.clear();
  of.byModel.set(model, limits);
  return limits;
};

/** What counts for a caller who asks for a model: the account's own tier, and that of the credential. */
export const scopesOf = (caller: GatewayCaller, model: string, tierOf: TierOf): readonly LimitScope[] =>
  limitsOf(caller, model, tierOf).scopes;

/** What limits this caller's spending now: what the credential carries, and the days and months of the tiers. */
export const boundsOf = (caller: GatewayCaller, model: string, tierOf: TierOf): readonly Bound[] =>
  limitsOf(caller, model, tierOf).bounds;

/**
 * Subjects whose spending is counted besides the person's, whether anything limits it now or not. Only the models of a
 * pattern are counted from the moment when their spending has a limit: before, nobody had named them.
 */
export const countedSubjectsOf = (caller: GatewayCaller, model: string, tierOf: TierOf): readonly string[] =>
  limitsOf(caller, model, tierOf).counted;
