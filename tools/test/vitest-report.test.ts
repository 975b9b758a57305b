import { describe, expect, it } from "vitest";
import { countTests, passedLater, secondTry, type VitestReport, withSecondTry } from "./vitest-report.ts";

const file = (path: string, tests: Record<string, "passed" | "failed">, status?: "failed") => ({
  name: `/project/${path}`,
  status: status ?? (Object.values(tests).includes("failed") ? ("failed" as const) : ("passed" as const)),
  assertionResults: Object.entries(tests).map(([fullName, result]) => ({ fullName, status: result })),
});

const run = (...testResults: VitestReport["testResults"]): VitestReport => ({ testResults });

const green = file("server/a.test.ts", { one: "passed", two: "passed" });

describe("counting a run", () => {
  it("counts tests, and a file that broke outside its tests as one failure", () => {
    expect(countTests(run(green, file("e2e/b.test.ts", { three: "failed", four: "passed" })))).toEqual({
      passed: 3,
      failed: 1,
    });
    expect(countTests(run(file("e2e/b.test.ts", {}, "failed")))).toEqual({ passed: 0, failed: 1 });
    expect(countTests(run(file("e2e/b.test.ts", { three: "passed" }, "failed")))).toEqual({ passed: 1, failed: 1 });
  });
});

describe("a second try", () => {
  const red = file("e2e/b.test.ts", { three: "failed", four: "passed" });

  it("is for browser tests, when they are few and all that failed", () => {
    expect(secondTry(run(green, red), "/project")).toEqual(["e2e/b.test.ts"]);
    expect(secondTry(run(green), "/project")).toEqual([]);
    expect(secondTry(run(red, file("server/c.int.test.ts", { five: "failed" })), "/project")).toEqual([]);
    const three = ["b", "c", "d"].map((name) => file(`e2e/${name}.test.ts`, { one: "failed" }));
    expect(secondTry(run(...three), "/project")).toEqual([]);
  });

  it("counts in the place of the first, and is named when it passes", () => {
    const passed = run(file("e2e/b.test.ts", { three: "passed", four: "passed" }));
    expect(countTests(withSecondTry(run(green, red), passed))).toEqual({ passed: 4, failed: 0 });
    expect(passedLater(run(green, red), passed, "/project")).toEqual(["e2e/b.test.ts: three"]);
  });

  it("that fails as well is a failure, and so is one that never came to an end", () => {
    expect(countTests(withSecondTry(run(green, red), run(red)))).toEqual({ passed: 3, failed: 1 });
    expect(countTests(withSecondTry(run(green, red), run()))).toEqual({ passed: 3, failed: 1 });
    expect(passedLater(run(green, red), run(red), "/project")).toEqual([]);
    expect(passedLater(run(green, red), run(), "/project")).toEqual([]);
  });
});
