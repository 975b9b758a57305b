import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase, migrationsDirectory } from "../testing/test-database.ts";
import { systemClock } from "../time/clock.ts";
import { createEnvelope, DecryptionError } from "./envelope.ts";
import { deriveKey } from "./hkdf.ts";
import { loadInstallationSecrets } from "./installation-secrets.ts";

const { database, drop } = await createTestDatabase();
afterAll(drop);
afterEach(() => database.execute("delete from installation_secrets"));

const masterKey = randomBytes(32);
const load = (purposes: readonly string[], key = masterKey) =>
  loadInstallationSecrets({
    database,
    envelope: createEnvelope(key),
    purposes,
    formerly: (purpose) => deriveKey(key, purpose),
    clock: systemClock,
  });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const readRows = () =>
  database.rows(
    z.object({ purpose: z.string(), secret: z.instanceof(Uint8Array) }),
    "select purpose, secret from installation_secrets order by purpose",
  );

describe("the secrets of an installation", () => {
  it("are random, differ by purpose, are made once and stay", async () => {
    const secretOf = await load(["a", "b"]);
    expect([secretOf("a").byteLength, secretOf("b").byteLength]).toEqual([32, 32]);
    expect(hex(secretOf("a"))).not.toBe(hex(secretOf("b")));
    expect(hex(secretOf("a"))).not.toBe(hex(deriveKey(masterKey, "a")));
    const again = await load(["a", "b", "c"]);
    expect([again("a"), again("b")]).toEqual([secretOf("a"), secretOf("b")]);
    expect((await readRows()).map(({ purpose }) => purpose)).toEqual(["a", "b", "c"]);
  });

  it("are the same in all processes that start together", async () => {
    const processes = await Promise.all(Array.from({ length: 6 }, () => load(["a", "b"])));
    for (const purpose of ["a", "b"]) {
      expect(new Set(processes.map((secretOf) => hex(secretOf(purpose)))).size).toBe(1);
    }
  });

  it("are what was derived formerly where data depends on it, also after a change of the master key", async () => {
    await database.execute("insert into installation_secrets (purpose, created_at) values ('keys/mac', now())");
    const secretOf = await load(["keys/mac", "other"]);
    expect(hex(secretOf("keys/mac"))).toBe(hex(deriveKey(masterKey, "keys/mac")));
    expect((await load(["keys/mac"]))("keys/mac")).toEqual(secretOf("keys/mac"));
  });

  it("lie encrypted in the database, each in its own place", async () => {
    const secretOf = await load(["a", "b"]);
    const rows = await readRows();
    for (const { secret } of rows) expect(hex(secret)).not.toContain(hex(secretOf("a")));
    await database.execute("update installation_secrets set secret = $1 where purpose = 'a'", [rows[1]?.secret]);
    await expect(load(["a", "b"])).rejects.toThrow(DecryptionError);
  });

  it("are never made anew because the master key does not fit", async () => {
    await load(["a"]);
    const before = await readRows();
    await expect(load(["a", "b"], randomBytes(32))).rejects.toThrow(/another master key/);
    expect(await readRows()).toEqual(before);
  });

  it("exist only for the purposes that were declared", async () => {
    const secretOf = await load(["a"]);
    expect(() => secretOf("b")).toThrow(/No installation secret/);
  });
});

describe("the migration of an older installation", () => {
  const sql = () => readFile(join(migrationsDirectory, "0014-installation-secrets.sql"), "utf8");

  it("keeps the key of API keys that was derived, where there are API keys, and only there", async () => {
    await database.execute("drop table installation_secrets");
    await database.execute(await sql());
    expect(hex((await load(["keys/mac"]))("keys/mac"))).not.toBe(hex(deriveKey(masterKey, "keys/mac")));
    await database.execute("drop table installation_secrets");
    // As many columns as the migration looks at; those of today came later.
    await database.execute("drop table api_keys cascade; create table api_keys (id text)");
    await database.execute("insert into api_keys values ('key_1')");
    await database.execute(await sql());
    expect(hex((await load(["keys/mac", "other"]))("keys/mac"))).toBe(hex(deriveKey(masterKey, "keys/mac")));
  });
});
