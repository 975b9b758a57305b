import { describe, expect, it } from "vitest";
import { silentLog } from "../../platform/log/log.ts";
import { createMissingPrices } from "./missing-prices.ts";

describe("missing prices", () => {
  const model = { provider: "openai", priceModel: "brand-new", serviceTier: null, requestId: "req_1" };

  it("count every request, and write to the log once a minute for each model", () => {
    const lines: Record<string, unknown>[] = [];
    const missing = createMissingPrices({ ...silentLog, error: (fields) => lines.push(fields) });
    for (let count = 0; count < 3; count += 1) missing.note(model);
    missing.note({ ...model, priceModel: "other" });
    expect(missing.counts()).toEqual([
      { provider: "openai", priceModel: "brand-new", requests: 3 },
      { provider: "openai", priceModel: "other", requests: 1 },
    ]);
    expect(lines.map(({ priceModel }) => priceModel)).toEqual(["brand-new", "other"]);
  });

  it("keep a bounded number of names, and count the others together", () => {
    const missing = createMissingPrices(silentLog);
    for (let count = 0; count < 700; count += 1) missing.note({ ...model, priceModel: `model-${count}` });
    missing.note({ ...model, priceModel: "model-0" });
    const counts = missing.counts();
    expect(counts).toHaveLength(501);
    expect(counts[0]).toMatchObject({ priceModel: "model-0", requests: 2 });
    expect(counts.at(-1)).toEqual({ provider: "others", priceModel: "others", requests: 200 });
  });
});
