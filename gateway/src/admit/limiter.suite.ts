import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createModelOfLimits, randomOf } from "../testing/model-of-limits.ts";
import type { Demand, LimitDecision, Limiter, MoneyPeriod } from "./limiter.ts";

interface LimiterUnderTest {
  limiter: Limiter;
  /** The same limits, as another process sees them; undefined where processes share none. */
  otherNode: Limiter | undefined;
  /** Lease of a request, as both were made with. */
  leaseMs: number;
  /** Of a clock that moves by `advance` alone; it begins at noon, UTC, on 21 November 2026. */
  advance: (ms: number) => void;
  /** Gives up the requests whose lease has ended, where only a refusal makes a driver look for them. */
  tidy: () => Promise<void>;
  end: () => Promise<void>;
}

let names = 0;
const newSubject = (): string => `user:${(names += 1)}`;
const newRequest = (): string => `req_${(names += 1)}`;

const tokens = (subject: string, limit: number, amount: number, model: string | null = null): Demand => ({
  kind: "tokens",
  subject,
  model,
  limit,
  amount,
});
const requests = (subject: string, limit: number, amount = 1): Demand => ({
  kind: "requests",
  subject,
  model: null,
  limit,
  amount,
});
const place = (subject: string, limit: number): Demand => ({
  kind: "concurrent",
  subject,
  model: null,
  limit,
  amount: 1,
});
const money = (subject: string, limit: number, amount: number, period: MoneyPeriod = "day"): Demand => ({
  kind: "money",
  subject,
  model: null,
  period,
  limit,
  amount,
});

const nothing = { tokens: 0, nanoUsd: 0 };
/** What is left, by the first limit of a decision. */
const leftOf = ({ states }: LimitDecision): number | undefined => states[0]?.remaining;
const refusalOf = (decision: LimitDecision) =>
  decision.granted ? "granted" : { kind: decision.refusedBy.kind, waitMs: decision.refusedBy.waitMs };

/** What every driver of the limiter must do. */
export const describeLimiter = (name: string, create: () => Promise<LimiterUnderTest>): void => {
  describe(`${name} as a limiter`, () => {
    let under: LimiterUnderTest;
    beforeAll(async () => {
      under = await create();
    });
    afterAll(() => under.end());

    const reserve = async (...demands: Demand[]) => under.limiter.reserve(newRequest(), demands);
    /** How much is left, by asking for nothing of it. */
    const look = async (demand: Demand) => leftOf(await reserve({ ...demand, amount: 0 }));

    describe("a reservation", () => {
      it("takes from all limits or from none, and names the one that decides", async () => {
        const [wide, narrow] = [newSubject(), newSubject()];
        const demands = [tokens(wide, 100, 30), requests(narrow, 1), place(narrow, 5), money(wide, 1000, 10)];
        expect(await reserve(...demands)).toMatchObject({ granted: true });
        const refused = await reserve(...demands);
        expect(refused).toMatchObject({
          granted: false,
          refusedBy: { kind: "requests", subject: narrow, model: null, limit: 1, remaining: 0, waitMs: 60_000 },
        });
        expect(refused.states.map(({ remaining }) => remaining)).toEqual([70, 0, 4, 990]);
        const after = await reserve(...demands.map((demand) => ({ ...demand, amount: 0 })));
        expect(after.states.map(({ remaining }) => remaining)).toEqual([70, 0, 4, 990]);
      });

      it("names the longest wait, and before that what waiting does not help", async () => {
        const subject = newSubject();
        await reserve(requests(subject, 2, 2), tokens(subject, 10, 10));
        expect(refusalOf(await reserve(requests(subject, 2), tokens(subject, 10, 8)))).toEqual({
          kind: "tokens",
          waitMs: 48_000,
        });
        expect(refusalOf(await reserve(requests(subject, 2), tokens(subject, 10, 11)))).toEqual({
          kind: "tokens",
          waitMs: null,
        });
      });

      it("counts each pattern of models by itself, besides the whole", async () => {
        const subject = newSubject();
        const both = [tokens(subject, 100, 40), tokens(subject, 50, 40, "gpt-*")];
        expect(await reserve(...both)).toMatchObject({ granted: true });
        expect(await reserve(...both)).toMatchObject({ granted: false, refusedBy: { model: "gpt-*", remaining: 10 } });
        expect(await reserve(tokens(subject, 100, 60))).toMatchObject({ granted: true });
      });

      it("that comes again takes nothing more, while it runs and after its end", async () => {
        const subject = newSubject();
        const demands = [tokens(subject, 100, 60), place(subject, 1), money(subject, 100, 60, "total")];
        const id = newRequest();
        const twice = await Promise.all([1, 2].map(async () => under.limiter.reserve(id, demands)));
        expect(twice.map(({ granted }) => granted)).toEqual([true, true]);
        expect(await look(tokens(subject, 100, 0))).toBe(40);
        await under.limiter.settle(id, { tokens: 50, nanoUsd: 20 });
        expect(await under.limiter.reserve(id, demands)).toMatchObject({ granted: true });
        expect((await reserve(...demands.map((demand) => ({ ...demand, amount: 0 })))).states).toMatchObject([
          { remaining: 50 },
          { remaining: 1 },
          { remaining: 80 },
        ]);
      });

      it("that is too large for everything is refused for ever and starves nobody", async () => {
        const subject = newSubject();
        expect(refusalOf(await reserve(tokens(subject, 100, 101)))).toEqual({ kind: "tokens", waitMs: null });
        expect(await reserve(tokens(subject, 100, 100))).toMatchObject({ granted: true });
      });

      it("of parts of a token, or against no tokens a minute, is a fault of the program", async () => {
        await expect(reserve(tokens(newSubject(), 10, 0.5))).rejects.toThrow(RangeError);
        await expect(reserve(tokens(newSubject(), 0, 0))).rejects.toThrow(RangeError);
        await expect(reserve(tokens(newSubject(), 10, -1))).rejects.toThrow(RangeError);
      });

      it("of many at the same time never takes more than there is", async () => {
        const subject = newSubject();
        const demands = [requests(subject, 40), place(subject, 25), tokens(subject, 300, 10), money(subject, 900, 30)];
        const decisions = await Promise.all(Array.from({ length: 100 }, () => reserve(...demands)));
        expect(decisions.filter(({ granted }) => granted)).toHaveLength(25);
        expect(await look(tokens(subject, 300, 0))).toBe(50);
      });
    });

    describe("a rate", () => {
      it("flows in continuously, and parts of a token are not lost however often somebody looks", async () => {
        const subject = newSubject();
        const seven = (amount: number) => tokens(subject, 7, amount);
        expect((await reserve(seven(7))).states).toMatchObject([{ remaining: 0, resetMs: 60_000 }]);
        expect(refusalOf(await reserve(seven(1)))).toEqual({ kind: "tokens", waitMs: 8572 });
        // A seventh of a minute is 8571.43 ms.
        for (let count = 0; count < 8; count += 1) {
          under.advance(1071);
          expect(await look(seven(0))).toBe(0);
        }
        under.advance(3);
        expect(refusalOf(await reserve(seven(1)))).toEqual({ kind: "tokens", waitMs: 1 });
        under.advance(1);
        expect(await reserve(seven(1))).toMatchObject({ granted: true });
      });

      it("is full after a minute and never more than that", async () => {
        const subject = newSubject();
        await reserve(requests(subject, 3, 3));
        under.advance(120_000);
        expect(await look(requests(subject, 3))).toBe(3);
        expect(refusalOf(await reserve(requests(subject, 3, 4)))).toEqual({ kind: "requests", waitMs: null });
      });

      it("keeps what was used when the limit changes", async () => {
        const subject = newSubject();
        await reserve(tokens(subject, 10, 8));
        expect(await look(tokens(subject, 5, 0))).toBe(-3);
        expect(await look(tokens(subject, 20, 0))).toBe(12);
        expect(await reserve(tokens(subject, 20, 12))).toMatchObject({ granted: true });
      });

      it("counts what was used and not what was reserved, once", async () => {
        const subject = newSubject();
        const [less, more] = [newRequest(), newRequest()];
        await under.limiter.reserve(less, [tokens(subject, 100, 40)]);
        await under.limiter.reserve(more, [tokens(subject, 100, 40)]);
        const settleTwice = async (id: string, used: number) => {
          await Promise.all([1, 2].map(async () => under.limiter.settle(id, { ...nothing, tokens: used })));
          await under.limiter.release(id);
        };
        await settleTwice(less, 10);
        expect(await look(tokens(subject, 100, 0))).toBe(50);
        await settleTwice(more, 110);
        expect(await look(tokens(subject, 100, 0))).toBe(-20);
        under.advance(12_000);
        expect(await look(tokens(subject, 100, 0))).toBe(0);
      });

      it("goes into debt, but not deeper than once its limit", async () => {
        const subject = newSubject();
        const id = newRequest();
        await under.limiter.reserve(id, [tokens(subject, 10, 1)]);
        await under.limiter.settle(id, { ...nothing, tokens: 100_000 });
        expect(await look(tokens(subject, 10, 0))).toBe(-10);
        under.advance(119_999);
        expect(refusalOf(await reserve(tokens(subject, 10, 10)))).toEqual({ kind: "tokens", waitMs: 1 });
      });

      it("gets back what was released, once, and nothing of what is unknown", async () => {
        const subject = newSubject();
        const id = newRequest();
        await under.limiter.reserve(id, [requests(subject, 5), tokens(subject, 10, 6)]);
        await under.limiter.release(newRequest());
        await under.limiter.settle(newRequest(), { tokens: 5, nanoUsd: 5 });
        expect(await look(tokens(subject, 10, 0))).toBe(4);
        await Promise.all([1, 2].map(async () => under.limiter.release(id)));
        await under.limiter.settle(id, { tokens: 9, nanoUsd: 9 });
        expect([await look(requests(subject, 5)), await look(tokens(subject, 10, 0))]).toEqual([5, 10]);
      });
    });

    describe("a place", () => {
      it("is free when its request is over, and only once", async () => {
        const subject = newSubject();
        const ids = [newRequest(), newRequest()];
        for (const id of ids) await under.limiter.reserve(id, [place(subject, 2)]);
        expect(refusalOf(await reserve(place(subject, 2)))).toEqual({ kind: "concurrent", waitMs: 1000 });
        await under.limiter.settle(ids[0] ?? "", nothing);
        await under.limiter.release(ids[0] ?? "");
        expect(await reserve(place(subject, 2))).toMatchObject({ granted: true });
        expect(refusalOf(await reserve(place(subject, 2)))).toEqual({ kind: "concurrent", waitMs: 1000 });
      });

      it("stays taken while its lease is extended, and is free when nobody does any longer", async () => {
        const subject = newSubject();
        const [alive, dead] = [newRequest(), newRequest()];
        const demands = [place(subject, 2), money(subject, 100, 50, "total")];
        for (const id of [alive, dead]) await under.limiter.reserve(id, demands);
        under.advance(under.leaseMs - 1);
        await under.limiter.extend([alive, newRequest()]);
        expect(refusalOf(await reserve(...demands))).toEqual({ kind: "money", waitMs: null });
        under.advance(1);
        expect(await reserve(...demands)).toMatchObject({ granted: true });
        expect(refusalOf(await reserve(place(subject, 2)))).toEqual({ kind: "concurrent", waitMs: 1000 });
        // It comes after all: it had no place any more, but what it spent counts, once.
        await under.limiter.extend([dead]);
        await under.limiter.settle(dead, { tokens: 0, nanoUsd: 30 });
        await under.limiter.settle(dead, { tokens: 0, nanoUsd: 30 });
        expect(await look(money(subject, 100, 0, "total"))).toBe(-30);
        expect(await look(place(subject, 2))).toBe(0);
      });
    });

    describe("money", () => {
      it("is held to the last nano-USD and then what was spent counts", async () => {
        const subject = newSubject();
        const id = newRequest();
        await under.limiter.reserve(id, [money(subject, 100, 60)]);
        expect(refusalOf(await reserve(money(subject, 100, 41)))).toMatchObject({ kind: "money" });
        expect(await reserve(money(subject, 100, 40))).toMatchObject({ granted: true });
        expect(refusalOf(await reserve(money(subject, 100, 1)))).toMatchObject({ kind: "money" });
        await under.limiter.settle(id, { tokens: 0, nanoUsd: 70 });
        expect(await look(money(subject, 100, 0))).toBe(-10);
        // What costs nothing passes.
        expect(await reserve(money(subject, 100, 0))).toMatchObject({ granted: true });
      });

      it("of a day and of a month begins anew by UTC; a request counts where it began", async () => {
        const subject = newSubject();
        const all = (amount: number) => [
          money(subject, 100, amount),
          money(subject, 100, amount, "month"),
          money(subject, 300, amount, "total"),
        ];
        const id = newRequest();
        const { states } = await under.limiter.reserve(id, all(80));
        const untilMidnightMs = states[0]?.resetMs ?? 0;
        expect(untilMidnightMs).toBeLessThanOrEqual(43_200_000);
        expect(states.map(({ resetMs }) => resetMs)).toEqual([untilMidnightMs, untilMidnightMs + 9 * 86_400_000, null]);
        const refused = await reserve(money(subject, 100, 30));
        expect(refusalOf(refused)).toEqual({ kind: "money", waitMs: untilMidnightMs });
        await under.limiter.settle(id, { tokens: 0, nanoUsd: 90 });
        under.advance(untilMidnightMs - 1);
        expect(refusalOf(await reserve(money(subject, 100, 30)))).toEqual({ kind: "money", waitMs: 1 });
        under.advance(1);
        expect(await reserve(money(subject, 100, 100))).toMatchObject({ granted: true });
        expect(await look(money(subject, 100, 0, "month"))).toBe(10);
        under.advance(9 * 86_400_000);
        expect((await reserve(...all(0))).states.map(({ remaining }) => remaining)).toEqual([100, 100, 210]);
      });
    });

    it.each([1, 2, 3])("does what a simple model of limits does, whatever comes (seed %i)", async (seed) => {
      const random = randomOf(seed);
      const model = createModelOfLimits(under.leaseMs);
      const subjects = [newSubject(), newSubject()];
      const ids: string[] = [];
      const [observed, expected]: [unknown[], unknown[]] = [[], []];
      const anyDemand = (): Demand => {
        const subject = random.of(subjects);
        const [limit, amount] = [random.upTo(2) === 0 ? 50 : 20, random.upTo(25)];
        return random.of<Demand>([
          tokens(subject, limit, amount),
          tokens(subject, limit, amount, "gpt-*"),
          requests(subject, limit),
          place(subject, 3),
          money(subject, 200, amount, "total"),
        ]);
      };
      for (let step = 0; step < 150; step += 1) {
        const id = random.upTo(3) === 0 && ids.length > 0 ? random.of(ids) : newRequest();
        const used = { tokens: random.upTo(40), nanoUsd: random.upTo(30) };
        switch (random.upTo(7)) {
          case 0:
            await under.limiter.settle(id, used);
            model.end(id, used);
            break;
          case 1:
            await under.limiter.release(id);
            model.end(id, null);
            break;
          case 2: {
            const ms = random.upTo(under.leaseMs / 2);
            under.advance(ms);
            await under.tidy();
            model.advance(ms);
            break;
          }
          case 3:
            await under.limiter.extend(ids);
            model.extend(ids);
            break;
          default: {
            ids.push(id);
            const wanted = Array.from({ length: 1 + random.upTo(3) }, anyDemand);
            // One of each limit, as every caller asks.
            const demands = [
              ...new Map(wanted.map((demand) => [`${demand.kind} ${demand.subject} ${demand.model}`, demand])).values(),
            ];
            const { granted, states } = await under.limiter.reserve(id, demands);
            const left = states.map(({ remaining }) => remaining);
            observed.push({ step, granted, left });
            expected.push({ step, ...model.reserve(id, demands) });
          }
        }
      }
      expect(observed).toEqual(expected);
    });

    it("lets two nodes together take no more than there is, and one end what the other began", async () => {
      const { limiter, otherNode } = under;
      if (otherNode === undefined) return;
      const subject = newSubject();
      const demands = [place(subject, 30), tokens(subject, 1000, 10)];
      const ids = Array.from({ length: 100 }, newRequest);
      const decisions = await Promise.all(
        ids.map(async (id, index) => (index % 2 === 0 ? limiter : otherNode).reserve(id, demands)),
      );
      const granted = ids.filter((_, index) => decisions[index]?.granted);
      expect(granted).toHaveLength(30);
      // Both hear of the end: it counts once.
      await Promise.all(
        granted.flatMap((id) => [limiter, otherNode].map(async (node) => node.settle(id, { tokens: 1, nanoUsd: 0 }))),
      );
      expect([await look(place(subject, 30)), await look(tokens(subject, 1000, 0))]).toEqual([30, 970]);
    });
  });
};
