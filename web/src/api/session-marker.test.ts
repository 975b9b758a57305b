import { describe, expect, it } from "vitest";
import { markerOf, needsRenewal, parseMarker } from "./session-marker.ts";

const user = {
  id: "user_4YtAbCdEfGhIjKlMnOpQrS",
  user_id: "user_4YtAbCdEfGhIjKlMnOpQrS",
  email: "ada@example.org",
  full_name: null,
  is_active: true,
  is_verified: true,
  provider: "password",
  picture: null,
  created_at: "2026-11-21T10:00:00.000Z",
  last_login: null,
  role: "user",
  tier: "standard",
} as const;

describe("what scripts may know of a session", () => {
  it("SEC-16: is an address and an end, and nothing else", () => {
    const marker = markerOf({ user, token_type: "cookie", expires_in: 1800 }, 1_000_000);
    expect(marker).toEqual({ email: "ada@example.org", expiresAt: 2_800_000 });
    expect(parseMarker(JSON.stringify(marker))).toEqual(marker);
  });

  it("SEC-16: refuses an answer with tokens in its body", () => {
    const tokens = { access_token: "a", refresh_token: "r", token_type: "bearer", expires_in: 1800 } as const;
    expect(() => markerOf({ user, ...tokens })).toThrow("cookies");
  });

  it.each(["", "null", "[]", "{", '{"email":"a"}', '{"email":"a","expiresAt":1,"accessToken":"t"}'])(
    "does not hold when it reads %s",
    (text) => {
      expect(parseMarker(text)).toBeUndefined();
    },
  );

  it("is renewed in the last minute and after the end", () => {
    const marker = { email: "a", expiresAt: 1_000_000 };
    expect([939_999, 940_000, 1_000_000, 2_000_000].map((now) => needsRenewal(marker, now))).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });
});
