import { randomBytes } from "node:crypto";
import { importJWK, jwtVerify, SignJWT } from "jose";
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

/** The platform's own signing key, as nobody else has it. */
async function ownSigningKey() {
  const row = (await signingKeysStore.list(database)).find(({ state }) => state === "signing");
  const place = { table: "signing_keys", row: row?.kid ?? "", column: "private_key" };
  const bytes = createEnvelope(masterKey).decrypt(row?.private_key ?? new Uint8Array(0), place);
  return {
    kid: place.row,
    key: await importJWK(JSON.parse(Buffer.from(bytes).toString("utf8")), "EdDSA"),
  };
}

const { kid, key } = await ownSigningKey();
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
const sign = (payload: Record<string, unknown>) =>
  new SignJWT(payload).setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid }).sign(key);

describe("an access token", () => {
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
