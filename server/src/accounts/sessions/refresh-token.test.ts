import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newId } from "../../platform/ids.ts";
import { encodeRefreshToken, isAuthenticRefreshToken, parseRefreshToken } from "./refresh-token.ts";

const macKey = randomBytes(32);
const claims = { sessionId: newId("session"), counter: 7 };
const token = encodeRefreshToken(claims, macKey);

describe("refresh token", () => {
  it.each([0, 1, 4_294_967_295])("carries session and counter %i", (counter) => {
    const encoded = encodeRefreshToken({ ...claims, counter }, macKey);
    expect(parseRefreshToken(encoded)).toEqual({ ...claims, counter });
    expect(isAuthenticRefreshToken(encoded, macKey)).toBe(true);
  });

  it("is the same for the same claims and fits a URL", () => {
    expect(encodeRefreshToken(claims, macKey)).toBe(token);
    expect(token).toMatch(/^[\w-]+$/);
  });

  it("is refused under another session's key", () => {
    expect(isAuthenticRefreshToken(token, randomBytes(32))).toBe(false);
  });

  it("is refused after a flip of any one byte", () => {
    const bytes = Buffer.from(token, "base64url");
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(isAuthenticRefreshToken(changed.toString("base64url"), macKey), `byte ${index}`).toBe(false);
    }
  });

  it.each([
    ["empty", ""],
    ["truncated", token.slice(0, -1)],
    ["extended", `${token}A`],
    ["padded", `${token}=`],
    ["with a blank", `${token.slice(0, 10)} ${token.slice(10)}`],
    [
      "of another version",
      Buffer.concat([Buffer.of(2), Buffer.from(token, "base64url").subarray(1)]).toString("base64url"),
    ],
    ["with an id outside base 62", Buffer.from(token, "base64url").fill(0x2e, 1, 23).toString("base64url")],
    ["an access token", "eyJhbGciOiJFZERTQSJ9.e30.c2ln"],
  ])("is not read when %s", (_name, broken) => {
    expect(parseRefreshToken(broken)).toBeNull();
  });
});
