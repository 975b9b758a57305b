import { describe, expect, it } from "vitest";
import { Counter, Histogram, Registry } from "prom-client";
import { createCounter, createHistogram } from "./series.ts";

const name = "a_b";
const help = "Help.";

describe("a series", () => {
  it("of a counter is written as prom-client writes it", async () => {
    const registry = new Registry();
    const theirs = new Counter({ name, help, labelNames: ["x", "y"], registers: [registry] });
    const ours = createCounter({ name, help, labels: ["x", "y"] });
    for (const [x, y, amount] of [
      ["1", "", 1],
      ["1", 'a "quoted" \\ word', 2.5],
      ["1", "", 3],
    ] as const) {
      theirs.inc({ x, y }, amount);
      ours.add([x, y], amount);
    }
    expect(`${ours.text()}\n`).toBe(await registry.metrics());
  });

  it("of a histogram too, on its bounds and beyond them", async () => {
    const registry = new Registry();
    const bounds = [0.1, 1, 10];
    const theirs = new Histogram({ name, help, labelNames: ["x"], buckets: bounds, registers: [registry] });
    const ours = createHistogram({ name, help, labels: ["x"], bounds });
    for (const [x, value] of [
      ["1", 0.1],
      ["2", 0],
      ["1", 0.5],
      ["1", 10],
      ["1", 11],
    ] as const) {
      theirs.observe({ x }, value);
      ours.observe([x], value);
    }
    expect(`${ours.text()}\n`).toBe(await registry.metrics());
  });
});
