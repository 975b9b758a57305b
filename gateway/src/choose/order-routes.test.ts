import { describe, expect, it } from "vitest";
import type { ModelPlan, ModelRoute } from "../ports.ts";
import { orderRoutes } from "./order-routes.ts";

const route = (deployment: string): ModelRoute => ({
  deployment,
  provider: "p",
  adapter: "openai-compatible",
  upstreamModel: "m",
  priceModel: "m",
  maxOutputTokens: null,
  onDisconnect: { whole: "abort", stream: "abort" },
  acquire: () => Promise.reject(new Error("not asked")),
});

const plan = (...steps: Record<string, number>[]): ModelPlan => ({
  steps: steps.map((step) => Object.entries(step).map(([name, weight]) => ({ route: route(name), weight }))),
});

const nobodyRests = { isResting: () => false };
const names = (routes: readonly ModelRoute[]): string => routes.map(({ deployment }) => deployment).join(" ");
/** Points at every hundredth of the whole, one after the other. */
const everyHundredth = Array.from({ length: 100 }, (_, index) => index / 100);

describe("the order of the ways to a model", () => {
  it("begins with each as often as its weight says", () => {
    const firsts = everyHundredth.map((point) =>
      names(orderRoutes(plan({ a: 3, b: 1 }), { cooldown: nobodyRests, random: () => point })),
    );
    expect(firsts.filter((order) => order === "a b")).toHaveLength(75);
    expect(firsts.filter((order) => order === "b a")).toHaveLength(25);
  });

  it("goes through a step before the next one", () => {
    for (const point of everyHundredth) {
      const order = names(orderRoutes(plan({ a: 1, b: 9 }, { c: 5 }), { cooldown: nobodyRests, random: () => point }));
      expect(order).toMatch(/^(a b|b a) c$/);
    }
  });

  it("ends with those that rest, which are tried rather than refusing a request", () => {
    const cooldown = { isResting: (name: string) => name !== "c" };
    expect(names(orderRoutes(plan({ a: 1 }, { b: 1 }, { c: 1 }), { cooldown, random: () => 0 }))).toBe("c a b");
  });

  it("draws nothing where there is one way", () => {
    const random = (): number => {
      throw new Error("drawn");
    };
    expect(names(orderRoutes(plan({ a: 1 }), { cooldown: nobodyRests, random }))).toBe("a");
  });

  it("survives a random number that rounding put beyond the last share", () => {
    const weights = plan({ a: 0.1, b: 0.2, c: 0.7 });
    expect(names(orderRoutes(weights, { cooldown: nobodyRests, random: () => 1 }))).toBe("c b a");
  });
});
