import assert from "node:assert/strict";
import type { GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { newId } from "../../platform/ids.ts";
import { createBounds, usualHold } from "../testing/bounds.ts";
import { reservationOf, settlementOf } from "../testing/usage-requests.ts";
import { createUsageWorld } from "../testing/usage-world.ts";

const world = await createUsageWorld();
const { clock, usage, addUser, callerOf } = world;
const { bound, counterOf } = createBounds(world);
afterAll(() => world.close());
/** Whatever a test did: what is counted is what the ledger says. */
afterEach(async () => assert.deepEqual(await world.unequalCounters(), []));

describe("a request without a price", () => {
  const unpriced = async (caller: GatewayCaller) => {
    const asked = { requestId: newId("request"), caller, startedAt: clock.now() };
    const way = { provider: "elsewhere", priceModel: "unpriced" };
    await usage.meter.reserve(reservationOf({ ...asked, candidates: [way] }));
    await usage.meter.settle(settlementOf({ ...asked, ...way }));
    return asked.requestId;
  };
  const given = { reason: "a price came later", costNanoUsd: 900 };

  it("counts once for its person and its key when it is given a cost, whether either had a limit or not", async () => {
    for (const limitNanoUsd of [1e9, null]) {
      const person = await addUser();
      const ofPerson = { ...bound({ limitNanoUsd, period: "month" }), subject: `user:${person}` };
      const ofKey = bound({ limitNanoUsd });
      const requestId = await unpriced(callerOf(person, { spend: [ofPerson, ofKey] }));
      await usage.adjustRequest({ requestId, ...given });
      expect(await counterOf(`user:${person}`)).toMatchObject({ held: 0, spent: 900 });
      expect(await counterOf(`user:${person}`, "month")).toMatchObject({ held: 0, spent: 900 });
      expect(await counterOf(ofKey.subject)).toMatchObject({ held: 0, spent: 900 });
      await usage.adjustRequest({ requestId, ...given, costNanoUsd: 0 });
      expect((await counterOf(ofKey.subject))?.spent).toBe(0);
    }
  });
});

describe("a tier of service that is asked for", () => {
  const askFor = (serviceTier: string, caller: GatewayCaller) =>
    usage.meter.reserve(
      reservationOf({
        requestId: newId("request"),
        caller,
        serviceTier,
        estimatedInputTokens: 10,
        startedAt: clock.now(),
      }),
    );

  it("SEC-25: is refused under a budget when it has no price, which nothing would be counted by", async () => {
    const limited = bound({ limitNanoUsd: 10 * usualHold });
    const caller = callerOf(await addUser(), { spend: [limited] });
    await expect(askFor("priority", caller)).rejects.toMatchObject({
      status: 400,
      code: "service_tier_not_priced",
      param: "service_tier",
    });
    expect(await counterOf(limited.subject)).toBeUndefined();
    for (const ordinary of ["auto", "default", "standard_only"]) await askFor(ordinary, caller);
    expect((await counterOf(limited.subject))?.held).toBe(3 * usualHold);
    await askFor("priority", callerOf(await addUser(), { spend: [bound({ maxRequests: 5 })] }));
    await askFor("priority", callerOf(await addUser()));
  });
});
