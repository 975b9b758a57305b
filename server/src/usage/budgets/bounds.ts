import type { GatewayCaller, SpendBound } from "@llm-tuner/gateway/ports.ts";
import type { TierRow } from "../tiers/tiers.store.ts";

/** A bound that limits something, with the words for whom it does. */
export interface Bound extends SpendBound {
  /** Such as "this API key" or "the tier standard of this account". */
  of: string;
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

export const userSubject = (userId: string): string => `user:${userId}`;

const ownerWords: Record<string, string> = { key: "this API key", client_token: "this client token" };
const ownerOf = (subject: string): string => ownerWords[subject.split(":", 1)[0] ?? ""] ?? "this account";

/** The tiers that count for a caller: the account's own, and that of the credential. */
export const tiersOf = ({ accountId, tier, bounds }: GatewayCaller, tierOf: TierOf) => [
  { subject: userSubject(accountId), tier: tierOf(tier) },
  ...(bounds.tier === null ? [] : [{ subject: bounds.tier.subject, tier: tierOf(bounds.tier.name) }]),
];

const monthOf = ({ subject, tier }: { subject: string; tier: TierRow }): Bound => ({
  subject,
  period: "month",
  limitNanoUsd: tier.monthly_spend_nano_usd,
  maxRequests: null,
  of: `the tier ${tier.name} of ${ownerOf(subject)}`,
});

/** What limits this caller's spending now: what the credential carries and the months of the tiers. */
export const boundsOf = (caller: GatewayCaller, tierOf: TierOf): Bound[] =>
  [
    ...caller.bounds.spend.map((bound) => ({ ...bound, of: ownerOf(bound.subject) })),
    ...tiersOf(caller, tierOf).map(monthOf),
  ].filter(({ limitNanoUsd, maxRequests }) => limitNanoUsd !== null || maxRequests !== null);

/** Subjects whose spending is counted besides the person's, whether anything limits it now or not. */
export const countedSubjectsOf = ({ accountId, bounds }: GatewayCaller): string[] => {
  const subjects = new Set(bounds.spend.map(({ subject }) => subject));
  if (bounds.tier !== null) subjects.add(bounds.tier.subject);
  subjects.delete(userSubject(accountId));
  return [...subjects];
};
