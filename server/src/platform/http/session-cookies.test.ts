import { describe, expect, it } from "vitest";
import { createSessionCookies } from "./session-cookies.ts";

const tokens = {
  accessToken: "aaa.bbb.ccc",
  refreshToken: "AQrr",
  expiresInSeconds: 1800,
  sessionEndsInSeconds: 604_800,
};
const secure = createSessionCookies(() => "https://tuner.example.org");
const plain = createSessionCookies(() => "http://localhost:5000");

describe("the cookies of a session", () => {
  it("SEC-16: are for this host alone, out of reach of scripts, and never sent over plain http", () => {
    expect(secure.issue(tokens)).toEqual([
      "__Host-llm-tuner-access=aaa.bbb.ccc; Path=/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax",
      "__Secure-llm-tuner-refresh=AQrr; Path=/api/auth/refresh; Max-Age=604800; HttpOnly; Secure; SameSite=Strict",
    ]);
  });

  it("SEC-16: on plain http, where it is tried out, are as strict as a browser lets them be", () => {
    expect(plain.issue(tokens)).toEqual([
      "llm-tuner-access=aaa.bbb.ccc; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax",
      "llm-tuner-refresh=AQrr; Path=/api/auth/refresh; Max-Age=604800; HttpOnly; SameSite=Strict",
    ]);
  });

  it("are cleared by the same names and paths", () => {
    expect(secure.clear()).toEqual([
      "__Host-llm-tuner-access=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
      "__Secure-llm-tuner-refresh=; Path=/api/auth/refresh; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
    ]);
  });

  it.each([
    ["among others", "theme=dark; __Host-llm-tuner-access=aaa.bbb.ccc;x=1", "aaa.bbb.ccc"],
    ["without spaces", "a=1;__Host-llm-tuner-access=aaa", "aaa"],
    ["not at all", "theme=dark", undefined],
    ["empty", "__Host-llm-tuner-access=", undefined],
    ["under the name of plain http", "llm-tuner-access=aaa", undefined],
    ["in other letters", "__host-llm-tuner-access=aaa", undefined],
    [
      "twice, as a page of a sibling host could slip one in",
      "__Host-llm-tuner-access=a; __Host-llm-tuner-access=b",
      undefined,
    ],
    ["in another cookie's value", "x=__Host-llm-tuner-access=aaa", undefined],
  ])("SEC-16: the access token is read %s", (_name, cookie, expected) => {
    expect(secure.accessTokenOf({ cookie })).toBe(expected);
  });

  it("the refresh token is read by its own name", () => {
    const cookie = "__Host-llm-tuner-access=aaa; __Secure-llm-tuner-refresh=AQrr";
    expect([secure.refreshTokenOf({ cookie }), plain.refreshTokenOf({ cookie })]).toEqual(["AQrr", undefined]);
    expect(secure.refreshTokenOf({})).toBeUndefined();
  });
});
