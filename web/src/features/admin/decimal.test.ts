import { describe, expect, it } from "vitest";
import { isDecimal, movePoint } from "./decimal.ts";

describe("a decimal number", () => {
  it.each([
    ["1.25", 3, "1250"],
    ["0.1", 3, "100"],
    ["0.0375", 3, "37.5"],
    ["0.000000001", 3, "0.000001"],
    ["0.3", 9, "300000000"],
    ["007.50", 3, "7500"],
    ["0", 9, "0"],
    ["123456789012", -3, "123456789.012"],
    ["37.5", -3, "0.0375"],
    ["0.000001", -3, "0.000000001"],
    ["1000", -3, "1"],
    ["5", -9, "0.000000005"],
    ["0.0", -3, "0"],
  ])("%s moved by %i places is %s", (decimal, places, moved) => {
    expect(movePoint(decimal, places)).toBe(moved);
  });

  it("comes back as it was, digit by digit, where floating point does not", () => {
    for (const decimal of ["0.07", "1.005", "2.675", "0.000000007", "999999999.999999999", "4.35"]) {
      expect(movePoint(movePoint(decimal, 3), -3)).toBe(decimal);
    }
    expect(movePoint("1.005", 3)).not.toBe(String(1.005 * 1000));
  });

  it.each(["", " ", "1,5", "1.", ".5", "-1", "1e3", "$1", "0x1"])("is not %j", (text) => {
    expect(isDecimal(text)).toBe(false);
  });
});
