import { describe, expect, it } from "vitest";
import { safeReturnPath } from "./return-path.ts";

const origin = "https://tuner.example.org";

describe("where a person goes after signing in", () => {
  it.each(["/", "/tuning", "/models/model_1?tab=files", "/admin/audit?action=admin.user_changed"])("is %s", (path) => {
    expect(safeReturnPath(path, origin)).toBe(path);
  });

  it.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example\n",
    "javascript:alert(1)",
    "data:text/html,x",
    " /tuning",
    "tuning",
    "/tuning#token=x",
    "/@evil.example:80",
    "",
    ["/tuning", "/models"],
    null,
    undefined,
    7,
    `/${"a".repeat(600)}`,
  ])("SEC-19: is the start page for %j", (wanted) => {
    expect(safeReturnPath(wanted, origin)).toBe("/");
  });
});
