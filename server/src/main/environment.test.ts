import { describe, expect, it } from "vitest";
import { SettingsError } from "../platform/config/read-settings.ts";
import { allSettings } from "./all-settings.ts";
import { parseSettings } from "./environment.ts";
import { settingsRows } from "./settings-document.ts";

const secretKey = "0f".repeat(32);

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    parseSettings(environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
}

describe("the settings", () => {
  it("need nothing: every one has a default, and an empty text counts as none", () => {
    const { server, http } = parseSettings({ PORT: "", TRUSTED_PROXIES: " " });
    expect(server).toMatchObject({
      host: "127.0.0.1",
      port: 5000,
      mode: "all",
      production: false,
      databaseUrl: undefined,
    });
    expect(http.trustedProxies).toEqual([]);
  });

  it("are parsed into what the program works with", () => {
    const { server, http, training } = parseSettings({
      PORT: "8080",
      TRUSTED_PROXIES: "10.0.0.1, 192.168.0.0/16",
      SECRET_KEY: secretKey,
      LOCAL_DEVICES: "cpu,cpu",
    });
    expect([server.port, http.trustedProxies, training.devices]).toEqual([
      8080,
      ["10.0.0.1", "192.168.0.0/16"],
      ["cpu", "cpu"],
    ]);
    expect(Buffer.from(server.secretKey ?? []).toString("hex")).toBe(secretKey);
  });

  it("take the master key in base64 as well, and nothing shorter or longer", () => {
    const base64 = Buffer.from(secretKey, "hex").toString("base64");
    expect(faultsOf({ SECRET_KEY: base64 })).toEqual([]);
    for (const text of [secretKey.slice(2), `${base64}AAAA`, "password"])
      expect(faultsOf({ SECRET_KEY: text })).toHaveLength(1);
  });

  it.each([
    [
      "a number out of range",
      { PORT: "65536" },
      /^PORT is "65536", which is not valid: .* Port that the server listens on/,
    ],
    ["a word that is not one of the choices", { LOG_LEVEL: "loud" }, /^LOG_LEVEL is "loud", which/],
    [
      "a secret, without showing it",
      { DATABASE_URL: "mysql://root:hunter2@db" },
      /^DATABASE_URL has a value that is not valid: must begin with postgresql/,
    ],
    [
      "a mail server's address, without showing it",
      { SMTP_URL: "smtp://user:hunter2@smtp.example.org?tls=maybe", MAIL_FROM: "a@example.org" },
      /^SMTP_URL has a value that is not valid: has an unknown option/,
    ],
    [
      "a mail server without a sender",
      { SMTP_URL: "smtps://smtp.example.org" },
      /^SMTP_URL is set, but MAIL_FROM is not/,
    ],
    [
      "a sender that is none",
      { MAIL_FROM: "nobody" },
      /^MAIL_FROM is "nobody", which is not valid: must be an address/,
    ],
    [
      "a provider of sign-in with half of its credentials",
      { OIDC_CLIENT_ID: "client" },
      /^Of OIDC_CLIENT_ID and OIDC_CLIENT_SECRET only one is set/,
    ],
    ["a provider of sign-in without TLS", { OIDC_ISSUER: "http://127.0.0.1:1" }, /^OIDC_ISSUER has no TLS/],
    [
      "a provider of sign-in without TLS elsewhere",
      { OIDC_ISSUER: "http://sso.example.org", OIDC_ALLOW_HTTP: "true" },
      /^OIDC_ISSUER has no TLS/,
    ],
    ["two processes on the embedded database", { PROCESS_MODE: "web" }, /^PROCESS_MODE is "web", but/],
  ])("are refused with the variable's name and the remedy: %s", (_name, environment, fault) => {
    const faults = faultsOf(environment);
    expect([faults.length, faults[0]]).toEqual([1, expect.stringMatching(fault)]);
    expect(faults[0]).not.toContain("hunter2");
  });

  it("are refused all at once", () => {
    expect(faultsOf({ PORT: "x", LOG_LEVEL: "x", ACCESS_TOKEN_EXPIRE_MINUTES: "0" })).toHaveLength(3);
  });
});

describe("in production", () => {
  const safe = { PRODUCTION: "true", SECRET_KEY: secretKey, PUBLIC_URL: "https://tuner.example.org" };

  it("safe settings are accepted", () => {
    const remote = "postgresql://app:pw@db.example.org/app?sslmode=verify-full";
    for (const databaseUrl of [remote, "postgresql://app@localhost/app", "postgresql://app@%2Frun%2Fpostgresql/app"]) {
      expect(faultsOf({ ...safe, DATABASE_URL: databaseUrl })).toEqual([]);
    }
  });

  it.each([
    ["a master key beside the data", { SECRET_KEY: "" }, /^SECRET_KEY is not set/],
    ["no address for links", { PUBLIC_URL: "" }, /^PUBLIC_URL is not an address with https/],
    ["an address without TLS", { PUBLIC_URL: "http://tuner.example.org" }, /^PUBLIC_URL is not an address with https/],
    ["proxies that are everybody", { TRUSTED_PROXIES: "10.0.0.1,0.0.0.0/0" }, /^TRUSTED_PROXIES trusts everybody/],
    ["sign-in without TLS", { OIDC_ALLOW_HTTP: "true" }, /^OIDC_ALLOW_HTTP lets sign-in/],
    ["a talkative log", { LOG_LEVEL: "debug" }, /^LOG_LEVEL is debug/],
    [
      "a database reached without TLS",
      { DATABASE_URL: "postgresql://app:pw@db.example.org/app" },
      /^DATABASE_URL reaches another machine without TLS/,
    ],
  ])("unsafe ones refuse to start: %s", (_name, unsafe, fault) => {
    expect(faultsOf({ ...safe, ...unsafe })).toEqual([expect.stringMatching(fault)]);
    expect(faultsOf({ ...safe, ...unsafe, PRODUCTION: "false" })).toEqual([]);
  });
});

describe("the settings' documentation", () => {
  it("has one row for each, with a description and the default as it would be written", () => {
    const rows = settingsRows();
    const count = Object.values(allSettings).reduce((sum, group) => sum + Object.keys(group).length, 0);
    expect([rows.length, new Set(rows.map(({ env }) => env)).size]).toEqual([count, count]);
    expect(rows.find(({ env }) => env === "PORT")).toMatchObject({ group: "server", default: "5000", secret: false });
    expect(rows.find(({ env }) => env === "LOCAL_DEVICES")).toMatchObject({ default: "auto" });
    expect(rows.find(({ env }) => env === "SECRET_KEY")).toMatchObject({ default: null, secret: true });
    expect(rows.filter(({ description, env }) => description.length < 20 || !/^[A-Z][A-Z0-9_]+$/.test(env))).toEqual(
      [],
    );
  });

  it("shows defaults that are themselves valid", () => {
    const environment = Object.fromEntries(settingsRows().map((row) => [row.env, row.default ?? undefined]));
    expect(parseSettings(environment)).toEqual(parseSettings({}));
  });
});
