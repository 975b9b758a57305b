import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createAccountFixture } from "../testing/account-fixture.ts";

const { database, drop } = await createTestDatabase();
afterAll(drop);

const dayMs = 86_400_000;
const keyRow = z.object({ kid: z.string(), state: z.string(), has_private_key: z.boolean() });
const readKeys = () =>
  database.rows(
    keyRow,
    "select kid, state, private_key is not null as has_private_key from signing_keys order by created_at, state desc",
  );
const statesOf = async () => (await readKeys()).map(({ state }) => state).toSorted();

// One story: the tests follow each other on the same keys.
const first = createAccountFixture(database);
const { clock, masterKey } = first;
const second = createAccountFixture(database, { clock, masterKey });
afterAll(async () => {
  await first.gate.close();
  await second.gate.close();
});

describe("signing keys", () => {
  it("are created once when processes start together", async () => {
    await Promise.all([first.gate.open(), second.gate.open()]);
    expect(await statesOf()).toEqual(["next", "signing"]);
    expect(await first.gate.publicKeys()).toEqual(await second.gate.publicKeys());
    const { access_token, user } = await first.register();
    expect(await second.gate.authenticate(access_token)).toMatchObject({ userId: user.id });
  });

  it("stay while they are young", async () => {
    const before = await readKeys();
    clock.advance(29 * dayMs);
    await first.gate.rotateSigningKeyWhenDue();
    expect(await readKeys()).toEqual(before);
  });

  it("are replaced when due, by one of two processes, with tokens of both keys taken everywhere", async () => {
    const old = await first.register();
    const [, former] = await readKeys().then((keys) => keys.toSorted((a, b) => a.state.localeCompare(b.state)));
    clock.advance(dayMs);
    const fresh = await second.register();
    await Promise.all([first.gate.rotateSigningKeyWhenDue(), second.gate.rotateSigningKeyWhenDue()]);
    expect(await statesOf()).toEqual(["next", "signing", "verify_only"]);
    expect((await readKeys()).find(({ kid }) => kid === former?.kid)).toMatchObject({
      state: "verify_only",
      has_private_key: false,
    });
    await expect.poll(async () => (await first.gate.publicKeys()).keys.length).toBe(3);
    const renewed = await first.accounts.refresh(fresh.refresh_token);
    for (const { gate } of [first, second]) {
      await gate.authenticate(fresh.access_token);
      await gate.authenticate(renewed.access_token);
      await expect(gate.authenticate(old.access_token)).rejects.toMatchObject({ code: "access_token_expired" });
    }
  });

  it("disappear when their last token has long expired", async () => {
    clock.advance(2 * dayMs);
    await second.gate.rotateSigningKeyWhenDue();
    expect(await statesOf()).toEqual(["gone", "next", "signing"]);
    await expect.poll(async () => (await first.gate.publicKeys()).keys.length).toBe(2);
  });
});

const rotations = z.object({ details: z.string() });
const recordedRotations = async () =>
  (
    await database.rows(
      rotations,
      "select details from audit_events where action = 'admin.signing_keys_rotated' order by sequence",
    )
  ).map(({ details }) => z.object({ reason: z.string() }).parse(JSON.parse(details)).reason);

describe("a rotation that somebody asks for", () => {
  it("SEC-12: puts the next key into use everywhere at once, and tokens of the former stay valid", async () => {
    const before = await first.register();
    const published = (await readKeys()).find(({ state }) => state === "next");
    const keys = await first.gate.rotateSigningKeys();
    expect(keys.map(({ state }) => state).toSorted()).toEqual(["next", "signing", "verify_only"]);
    expect(keys.find(({ state }) => state === "signing")?.kid).toBe(published?.kid);
    expect(await second.gate.listSigningKeys()).toEqual(keys);
    const after = await first.accounts.refresh(before.refresh_token);
    for (const { gate } of [first, second]) {
      await gate.authenticate(before.access_token);
      await gate.authenticate(after.access_token);
    }
  });

  it("SEC-12: is taken by a process that has not heard of it, which reads the keys once more", async () => {
    const deaf = createAccountFixture({ ...database, listen: async () => async () => {} }, { clock, masterKey });
    await deaf.gate.open();
    // Twice: now a key signs that this process has never seen.
    for (const process of [first, first]) await process.gate.rotateSigningKeys();
    const { access_token, user } = await first.register();
    expect(await deaf.gate.authenticate(access_token)).toMatchObject({ userId: user.id });
  });

  it("SEC-12: is recorded, whatever its reason", async () => {
    expect(await recordedRotations()).toEqual(["age", "command", "command", "command"]);
  });
});

describe("a change of the algorithm", () => {
  it("SEC-12: takes effect at the next start without signing anybody out, also while another process has the former", async () => {
    const before = await first.register();
    const changed = createAccountFixture(database, { clock, masterKey, config: { accessTokenAlgorithm: "RS256" } });
    await changed.gate.open();
    const { keys } = await changed.gate.publicKeys();
    expect(keys.filter(({ alg, kty }) => alg === "RS256" && kty === "RSA")).toHaveLength(2);
    const after = await changed.accounts.refresh(before.refresh_token);
    for (const { gate } of [first, second, changed]) {
      await gate.authenticate(before.access_token);
      await gate.authenticate(after.access_token);
    }
    expect(JSON.parse(Buffer.from(after.access_token.split(".")[0] ?? "", "base64url").toString())).toMatchObject({
      alg: "RS256",
    });
    expect((await recordedRotations()).at(-1)).toBe("algorithm");
    await changed.gate.close();
  });

  it("publishes RSA keys of 2048 bits or more, and nothing private of them", async () => {
    const { keys } = await first.gate.publicKeys();
    const rsa = keys.filter(({ kty }) => kty === "RSA");
    expect(rsa.length).toBeGreaterThan(0);
    for (const jwk of rsa) {
      expect(Object.keys(jwk).toSorted()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
      expect(Buffer.from(z.string().parse(jwk["n"]), "base64url").length).toBeGreaterThanOrEqual(256);
      expect(jwk).toMatchObject({ alg: "RS256", use: "sig", e: "AQAB" });
    }
  });

  it("goes back as well", async () => {
    const before = await first.register();
    const back = createAccountFixture(database, { clock, masterKey });
    await back.gate.open();
    await back.gate.authenticate(before.access_token);
    const after = await back.accounts.refresh(before.refresh_token);
    expect(after.access_token.length).toBeLessThan(before.access_token.length);
    await back.gate.close();
  });
});
