import { noUsage, type Usage } from "@llm-tuner/gateway/meter/usage.ts";
import type { Attempt, SettlementRequest } from "@llm-tuner/gateway/ports.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { newId } from "../../platform/ids.ts";
import { forgetProcessOf, recoveryOf } from "../testing/recover.ts";
import { reservationOf, settlementOf } from "../testing/usage-requests.ts";
import { createUsageWorld } from "../testing/usage-world.ts";

const world = await createUsageWorld();
afterAll(world.close);
const { clock, database, usage } = world;
const ada = await world.addUser();

const nothing = { counts: noUsage, source: "estimated" } as const;
const counted = (source: SettlementRequest["usage"]["source"], counts: Partial<Usage> = {}) => ({
  usage: { counts: { ...noUsage, inputUncached: 10, outputText: 5, ...counts }, source },
});
const attempt = (changed: Partial<Attempt>): Attempt => ({
  deployment: "dep_1",
  provider: "tuned",
  priceModel: "my-model",
  upstreamModel: "m",
  outcome: "completed",
  errorCode: null,
  latencyMs: 5,
  ...changed,
});
/** The tuned price: 20 for a token in, 60 for one out. */
const usual = 10 * 20 + 5 * 60;
/** gpt-4o-mini as shipped: 150 and 600. */
const hosted = 10 * 150 + 5 * 600;

type Row = [name: string, request: Partial<SettlementRequest>, bill: { policy: string; cost: number | null }];

/** The table of docs/operations/billing.md. */
const table: Row[] = [
  ["the provider's own counts", counted("reported"), { policy: "reported", cost: usual }],
  [
    "explicit zeros of the provider, which are not estimated anew",
    { usage: { counts: noUsage, source: "reported" } },
    { policy: "reported", cost: 0 },
  ],
  [
    "a client that went away; the provider was told to stop",
    { ...counted("partial", { outputText: 2 }), outcome: "aborted", disconnect: "abort" },
    { policy: "partial", cost: 10 * 20 + 2 * 60 },
  ],
  [
    "a client that went away before anything came",
    { usage: nothing, outcome: "aborted", disconnect: "abort" },
    { policy: "partial", cost: 0 },
  ],
  [
    "a client that went away, and an answer let to its end",
    { ...counted("reported"), outcome: "aborted", disconnect: "drain" },
    { policy: "drained", cost: usual },
  ],
  [
    "a client that went away, and an answer that broke off while it was let to its end",
    { ...counted("partial"), outcome: "aborted", disconnect: "drain" },
    { policy: "partial", cost: usual },
  ],
  [
    "a provider that broke off in the middle",
    { ...counted("partial"), outcome: "failed", errorCode: "upstream_broke_off" },
    { policy: "partial", cost: usual },
  ],
  ["a provider without counts", counted("estimated"), { policy: "estimated", cost: usual }],
  [
    "a provider that failed before it answered",
    { usage: nothing, outcome: "failed", errorCode: "upstream_error" },
    { policy: "failed", cost: 0 },
  ],
  [
    "a failure of a model without a price",
    { usage: nothing, outcome: "failed", provider: "elsewhere", errorCode: "upstream_error" },
    { policy: "failed", cost: 0 },
  ],
  [
    "failed attempts before a fallback, and the price of the model that answered",
    {
      ...counted("reported"),
      provider: "openai",
      priceModel: "gpt-4o-mini",
      attempts: [
        attempt({ outcome: "failed", errorCode: "upstream_error" }),
        attempt({ deployment: "dep_2", provider: "openai", priceModel: "gpt-4o-mini" }),
      ],
    },
    { policy: "reported", cost: hosted },
  ],
  ["a model without a price", { ...counted("reported"), provider: "elsewhere" }, { policy: "reported", cost: null }],
  [
    "a tier of service without a price of its own",
    { ...counted("reported"), serviceTier: "priority" },
    { policy: "reported", cost: null },
  ],
  [
    "something that the price does not know",
    counted("reported", { outputAudio: 1 }),
    { policy: "reported", cost: null },
  ],
];

const entryRow = z.object({ kind: z.string(), amount: z.coerce.number(), reason: z.string().nullable() });
const entriesOf = async (requestId: string) => {
  await world.flush();
  return database.rows(
    entryRow,
    `select kind, amount_nano_usd as amount, reason from usage_entries where request_id = $1
     order by array_position(array['hold', 'release', 'charge', 'adjust'], kind), created_at`,
    [requestId],
  );
};
const billRow = z.object({ policy: z.string(), cost: z.coerce.number().nullable(), attempts: z.array(z.string()) });
const billOf = async (requestId: string) => {
  await world.flush();
  return database.row(
    billRow,
    `select policy, cost_nano_usd as cost, array(select deployment || ' ' || outcome from usage_attempts
       where request_id = $1 order by seq) as attempts
     from usage_requests where request_id = $1`,
    [requestId],
  );
};

describe("the bill of", () => {
  it.each(table)("%s", async (_, changed, { policy, cost }) => {
    const request = { requestId: newId("request"), caller: world.callerOf(ada), startedAt: clock.now() };
    await usage.meter.reserve(reservationOf(request));
    expect(await usage.meter.settle(settlementOf({ ...request, ...changed }))).toEqual({ costNanoUsd: cost });
    expect(await billOf(request.requestId)).toEqual({
      policy,
      cost,
      attempts: (changed.attempts ?? []).map(({ deployment, outcome }) => `${deployment} ${outcome}`),
    });
    const charge = cost === null ? [] : [{ kind: "charge", amount: cost === 0 ? 0 : -cost, reason: null }];
    expect(await entriesOf(request.requestId)).toEqual([
      { kind: "hold", amount: -5000, reason: null },
      { kind: "release", amount: 5000, reason: null },
      ...charge,
    ]);
  });

  it("a process of ours that ended: nothing", async () => {
    const request = { requestId: newId("request"), caller: world.callerOf(ada), startedAt: clock.now() };
    await usage.meter.reserve(reservationOf(request));
    await world.flush();
    await forgetProcessOf(database, request.requestId);
    await recoveryOf(world).closeDead();
    expect(await billOf(request.requestId)).toEqual({ policy: "interrupted", cost: 0, attempts: [] });
    expect((await entriesOf(request.requestId)).map(({ kind }) => kind)).toEqual(["hold", "release"]);
  });

  it("a request that was refused before the provider was asked: nothing, not even a line", async () => {
    const caller = world.callerOf(ada, {
      spend: [{ subject: "key:empty", period: "total", limitNanoUsd: 1, maxRequests: null }],
    });
    const request = { requestId: newId("request"), caller, startedAt: clock.now() };
    await expect(usage.meter.reserve(reservationOf(request))).rejects.toMatchObject({ status: 402 });
    expect(await billOf(request.requestId)).toBeUndefined();
    expect(await entriesOf(request.requestId)).toEqual([]);
  });

  it("a film that was ordered and never made: what was charged is given back, once", async () => {
    const request = { requestId: newId("request"), caller: world.callerOf(ada), startedAt: clock.now() };
    await usage.meter.reserve(reservationOf(request));
    await usage.meter.settle(settlementOf(request));
    const refund = { requestId: request.requestId, reason: "the film was not made", costNanoUsd: 0 };
    await Promise.all([usage.adjustRequest(refund), usage.adjustRequest(refund)]);
    expect(await billOf(request.requestId)).toMatchObject({ cost: 0 });
    expect((await entriesOf(request.requestId)).slice(2)).toEqual([
      { kind: "charge", amount: -usual, reason: null },
      { kind: "adjust", amount: usual, reason: "the film was not made" },
    ]);
    expect(await world.unequalCounters()).toEqual([]);
  });
});
