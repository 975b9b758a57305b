import { describe, expect, it } from "vitest";
import { createPacer } from "./pacer.ts";

describe("the pacer", () => {
  it("does at once what is asked for the first time, and once for all who ask too early", async () => {
    const beganAtMs: number[] = [];
    const ask = createPacer({ act: async () => void beganAtMs.push(performance.now()), leastMs: 50 });
    await ask();
    expect(beganAtMs).toHaveLength(1);
    await Promise.all(Array.from({ length: 20 }, ask));
    expect(beganAtMs).toHaveLength(2);
    // A timer may fire a fraction of a millisecond early.
    expect((beganAtMs[1] ?? 0) - (beganAtMs[0] ?? 0)).toBeGreaterThan(48);
  });

  it("answers nobody by what began before they asked", async () => {
    const started: PromiseWithResolvers<void>[] = [];
    const ask = createPacer({
      act: () => {
        const one = Promise.withResolvers<void>();
        started.push(one);
        return one.promise;
      },
      leastMs: 1,
    });
    const first = ask();
    await expect.poll(() => started.length).toBe(1);
    const second = ask();
    await expect.poll(() => started.length).toBe(2);
    started[1]?.resolve();
    await second;
    started[0]?.resolve();
    await first;
  });

  it("tells a failure to those who asked, and goes on", async () => {
    let fails = true;
    const ask = createPacer({ act: async () => (fails ? Promise.reject(new Error("away")) : undefined), leastMs: 1 });
    await expect(ask()).rejects.toThrow("away");
    fails = false;
    await ask();
  });
});
