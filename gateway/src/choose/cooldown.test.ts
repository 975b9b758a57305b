import { describe, expect, it } from "vitest";
import { createCooldown } from "./cooldown.ts";

const start = () => {
  let nowMs = 0;
  const cooldown = createCooldown({ failuresBeforeCooldown: 3, cooldownMs: 10_000, nowMs: () => nowMs });
  return { cooldown, pass: (ms: number) => (nowMs += ms) };
};

describe("a deployment", () => {
  it("rests after so many failures in a row, and only so long", () => {
    const { cooldown, pass } = start();
    cooldown.failed("a");
    cooldown.failed("a");
    expect(cooldown.isResting("a")).toBe(false);
    cooldown.failed("a");
    expect(cooldown.isResting("a")).toBe(true);
    expect(cooldown.isResting("b")).toBe(false);
    pass(9_999);
    expect(cooldown.isResting("a")).toBe(true);
    pass(1);
    expect(cooldown.isResting("a")).toBe(false);
  });

  it("rests again after a single failure when it comes back", () => {
    const { cooldown, pass } = start();
    for (let failure = 0; failure < 3; failure += 1) cooldown.failed("a");
    pass(10_000);
    cooldown.failed("a");
    expect(cooldown.isResting("a")).toBe(true);
  });

  it("begins anew after a success", () => {
    const { cooldown } = start();
    cooldown.failed("a");
    cooldown.failed("a");
    cooldown.succeeded("a");
    cooldown.failed("a");
    expect(cooldown.isResting("a")).toBe(false);
  });

  it("rests at once for as long as it says, within bounds", () => {
    const { cooldown, pass } = start();
    cooldown.failed("a", 20);
    pass(19_999);
    expect(cooldown.isResting("a")).toBe(true);
    pass(1);
    expect(cooldown.isResting("a")).toBe(false);
    cooldown.failed("a", 86_400);
    pass(300_000);
    expect(cooldown.isResting("a")).toBe(false);
  });
});
