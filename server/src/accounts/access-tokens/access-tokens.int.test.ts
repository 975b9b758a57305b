import { randomBytes } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createEnvelope } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/ids.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createAccountFixture } from "../testing/account-fixture.ts";
import { signingKeysStore } from "./signing-keys.store.ts";

const { database, drop } = await createTestDatabase();
const { gate, register, clock, masterKey, config, sessions } = createAccountFixture(database);
await gate.open();
afterAll(async () => {
  await gate.close();
  await drop();
});

/** The platform's own signing key, as an attacker never has it: to break one claim at a time. */
async function ownSigningKey() {
  const row = (await signingKeysStore.list(database)).find(({ state }) => state === "signing");
  const place = { table: "signing_keys", row: row?.kid ?? "", column: "private_key" };
  const bytes = createEnvelope(masterKey).decrypt(row?.private_key ?? new Uint8Array(0), place);
  return {
    kid: place.row,
    key: await importJWK(JSON.parse(Buffer.from(bytes).toString("utf8")), "EdDSA"),
    publicJwk: row?.public_jwk,
  };
}

const { kid, key, publicJwk } = await ownSigningKey();
const seconds = () => Math.floor(clock.now().getTime() / 1000);
const claims = () => ({
  iss: config.tokenIssuer,
  aud: config.tokenAudience,
  sub: newId("user"),
  sid: newId("session"),
  type: "access",
  iat: seconds(),
  exp: seconds() + 600,
  jti: "1",
});
const header = { alg: "EdDSA", typ: "at+jwt", kid };
const sign = (payload: Record<string, unknown>, changed: Record<string, unknown> = {}, signingKey = key) =>
  new SignJWT(payload).setProtectedHeader({ ...header, ...changed }).sign(signingKey);
const without = (name: string) => Object.fromEntries(Object.entries(claims()).filter(([claim]) => claim !== name));

const foreign = await generateKeyPair("EdDSA", { extractable: true });
const foreignJwk = await exportJWK(foreign.publicKey);
const publicBytes = Buffer.from(publicJwk?.x ?? "", "base64url");

const attacks: Record<string, () => Promise<string> | string> = {
  "alg none": () => new UnsecuredJWT(claims()).encode(),
  "alg none with our kid": async () => {
    const [, payload] = (await sign(claims())).split(".");
    return `${Buffer.from(JSON.stringify({ ...header, alg: "none" })).toString("base64url")}.${payload}.`;
  },
  "HS256 keyed with the public key": () =>
    new SignJWT(claims()).setProtectedHeader({ ...header, alg: "HS256" }).sign(publicBytes),
  "HS256 keyed with the text of the public key": () =>
    new SignJWT(claims()).setProtectedHeader({ ...header, alg: "HS256" }).sign(Buffer.from(JSON.stringify(publicJwk))),
  "signed by a foreign key under our kid": () => sign(claims(), {}, foreign.privateKey),
  "an unknown kid": async () => sign(claims(), { kid: await calculateJwkThumbprint(foreignJwk) }, foreign.privateKey),
  "a path as kid": () => sign(claims(), { kid: "../../../../dev/null" }, foreign.privateKey),
  "SQL as kid": () => sign(claims(), { kid: "' or 1=1 --" }, foreign.privateKey),
  "a name of the prototype as kid": () => sign(claims(), { kid: "__proto__" }, foreign.privateKey),
  "no kid": () => sign(claims(), { kid: undefined }),
  "an embedded jwk": () => sign(claims(), { kid: undefined, jwk: foreignJwk }, foreign.privateKey),
  "an embedded jwk beside our kid": () => sign(claims(), { jwk: foreignJwk }, foreign.privateKey),
  "a jku": () => sign(claims(), { kid: "x", jku: "https://example.org/jwks.json" }, foreign.privateKey),
  "an unknown critical header": () =>
    new SignJWT(claims()).setProtectedHeader({ ...header, crit: ["b64"], b64: true, exp: 1 }).sign(foreign.privateKey),
  "another typ": () => sign(claims(), { typ: "JWT" }),
  "no typ": () => sign(claims(), { typ: undefined }),
  "another audience": () => sign({ ...claims(), aud: "somebody-else" }),
  "a list of audiences": () => sign({ ...claims(), aud: [config.tokenAudience, "somebody-else"] }),
  "another issuer": () => sign({ ...claims(), iss: "somebody-else" }),
  "another type of token": () => sign({ ...claims(), type: "refresh" }),
  "a claim too many": () => sign({ ...claims(), role: "admin" }),
  "not valid yet": () => sign({ ...claims(), nbf: seconds() + 60 }),
  "a subject that is no user id": () => sign({ ...claims(), sub: "admin" }),
  "no subject": () => sign(without("sub")),
  "no session": () => sign(without("sid")),
  "no expiry": () => sign(without("exp")),
  "no id": () => sign(without("jti")),
  "a changed payload": async () => {
    const [protectedHeader, , signature] = (await sign(claims())).split(".");
    const payload = Buffer.from(JSON.stringify({ ...claims(), sub: newId("user") })).toString("base64url");
    return [protectedHeader, payload, signature].join(".");
  },
  "no signature": async () => (await sign(claims())).replace(/[^.]*$/, ""),
  "five parts": async () => `${await sign(claims())}.a.b`,
  nothing: () => "",
  "something very long": () => `eyJ${"A".repeat(1_000_000)}`,
};

describe("an access token", () => {
  it("that is sound is taken, which proves that the attacks fail by what they change", async () => {
    const sound = claims();
    expect(await gate.authenticate(await sign(sound))).toMatchObject({
      userId: sound.sub,
      sessionId: sound.sid,
      apiKeyId: null,
      role: "user",
    });
  });

  it.each(Object.entries(attacks))("is refused with %s", async (_name, forge) => {
    await expect(gate.authenticate(await forge())).rejects.toMatchObject({
      status: 401,
      code: "invalid_access_token",
      headers: { "www-authenticate": expect.stringContaining("Bearer") },
    });
  });

  it("is refused after its end, also when it was taken before", async () => {
    const token = await sign({ ...claims(), exp: seconds() + 1 });
    await gate.authenticate(token);
    const unseen = await sign({ ...claims(), exp: seconds() + 1 });
    clock.advance(1000);
    await expect(gate.authenticate(token)).rejects.toMatchObject({ status: 401, code: "access_token_expired" });
    await expect(gate.authenticate(unseen)).rejects.toMatchObject({ status: 401, code: "access_token_expired" });
  });

  it("says nothing but what it must, and verifies with the public key set alone", async () => {
    const { access_token, user } = await register();
    const { keys } = await gate.publicKeys();
    const { payload, protectedHeader } = await jwtVerify(
      access_token,
      async ({ kid }) => importJWK(keys.find((candidate) => candidate["kid"] === kid) ?? {}, "EdDSA"),
      { currentDate: clock.now() },
    );
    expect(Object.keys(payload).toSorted()).toEqual(["aud", "exp", "iat", "iss", "jti", "sid", "sub", "type"]);
    expect(payload).toMatchObject({ sub: user.id, type: "access", iat: seconds(), exp: seconds() + 1800 });
    expect(protectedHeader).toEqual({ alg: "EdDSA", typ: "at+jwt", kid });
  });

  it("carries every scope", async () => {
    const { access_token } = await register();
    const { scopes } = await gate.authenticate(access_token);
    expect([...scopes]).toEqual(expect.arrayContaining(["chat", "training:write", "usage:read"]));
  });
});

describe("what changed since a token was signed", () => {
  it("reaches other processes: a session that ended elsewhere", async () => {
    const other = createAccountFixture(database, { masterKey, clock });
    const { access_token } = await register();
    const { sessionId } = await other.gate.authenticate(access_token);
    await sessions.logout(sessionId ?? "");
    await expect
      .poll(() => other.gate.authenticate(access_token).catch((error) => error.code))
      .toBe("invalid_access_token");
    await other.gate.close();
  });

  it("is known to a process that starts later", async () => {
    const { access_token } = await register();
    await sessions.logout((await gate.authenticate(access_token)).sessionId ?? "");
    const other = createAccountFixture(database, { masterKey, clock });
    await expect(other.gate.authenticate(access_token)).rejects.toMatchObject({ status: 401 });
    await other.gate.close();
  });

  it("includes a disabled person and a new role, though nothing but the rows was changed", async () => {
    const { access_token, user } = await register();
    await database.execute("update users set role = 'admin' where id = $1", [user.id]);
    await expect.poll(async () => (await gate.authenticate(access_token)).role).toBe("admin");
    await database.execute("update users set role = 'user' where id = $1", [user.id]);
    await expect.poll(async () => (await gate.authenticate(access_token)).role).toBe("user");
    await database.execute("update users set disabled_at = now() where id = $1", [user.id]);
    await expect.poll(() => gate.authenticate(access_token).catch((error) => error.code)).toBe("invalid_access_token");
    await database.execute("update users set disabled_at = null where id = $1", [user.id]);
    await expect
      .poll(() => gate.authenticate(access_token).catch((error) => error.code))
      .toMatchObject({ userId: user.id });
  });
});

describe("the public keys", () => {
  it("hold nothing private", async () => {
    const { keys } = await gate.publicKeys();
    expect(keys.length).toBeGreaterThan(0);
    for (const jwk of keys) expect(Object.keys(jwk).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  });
});

describe("the private keys", () => {
  it("stand in the database encrypted, and another master key does not open them", async () => {
    const rows = await database.rows(
      z.object({ private_key: z.instanceof(Buffer) }),
      "select private_key from signing_keys where private_key is not null",
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { private_key } of rows) expect(private_key.includes('"d"')).toBe(false);
    const stranger = createAccountFixture(database, { masterKey: randomBytes(32), clock });
    await expect(stranger.gate.open()).rejects.toThrow(/another master key/);
    await stranger.gate.close();
  });
});
