import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isSetupToken, setupTokenOf } from "./setup-token.ts";

describe("setup token", () => {
  it("depends on the secret and on the row, and on nothing else", () => {
    const [secret, another] = [randomBytes(32), randomBytes(32)];
    const token = setupTokenOf("one", secret);
    expect(setupTokenOf("one", secret)).toBe(token);
    expect(setupTokenOf("two", secret)).not.toBe(token);
    expect(setupTokenOf("one", another)).not.toBe(token);
  });

  it("is compared whole", () => {
    const token = setupTokenOf("one", randomBytes(32));
    expect(isSetupToken(token, token)).toBe(true);
    for (const text of ["", token.slice(1), `${token}=`, `${token.slice(0, -1)}\u00e9`]) {
      expect(isSetupToken(text, token)).toBe(false);
    }
  });
});
