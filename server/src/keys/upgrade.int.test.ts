import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listApiKeys } from "@llm-tuner/contract/api-keys.ts";
import { afterAll, describe, expect, it } from "vitest";
import { migrate } from "../platform/database/migrations.ts";
import { silentLog } from "../platform/log/log.ts";
import { createTestDatabase, migrationsDirectory } from "../platform/testing/test-database.ts";
import { formatApiKey, macOfApiKey } from "./api-key-format.ts";
import { createKeyParts } from "./testing/key-parts.ts";

const { database, drop } = await createTestDatabase();
const directory = await mkdtemp(join(tmpdir(), "llm-tuner-upgrade-"));
afterAll(async () => {
  await drop();
  await rm(directory, { recursive: true });
});

/** A key as it was made when secrets were shorter and keys had no bounds. */
const former = { id: "key_0123456789AB", secret: "abcdefghijklmnopqrstuvwxyz012345" };

describe("keys of a database that is upgraded", () => {
  it("go on working, each the first of its own family, and can be rotated", async () => {
    await database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    const before = (await readdir(migrationsDirectory)).filter((name) => name < "0015");
    for (const name of before) await cp(join(migrationsDirectory, name), join(directory, name));
    await migrate({ database, directory, log: silentLog });
    await database.execute(
      `insert into users (id, email, password_hash, created_at) values ('user_0', 'former@example.org', 'x', now());
       insert into api_keys (id, user_id, name, secret_mac, scopes, created_at)
       values ('${former.id}', 'user_0', 'former', decode(repeat('00', 32), 'hex'), '{chat}', now())`,
    );
    await migrate({ database, directory: migrationsDirectory, log: silentLog });

    const world = await createKeyParts(database);
    const person = await world.register();
    await database.execute("update api_keys set user_id = $1, secret_mac = $2", [
      person.userId,
      macOfApiKey(former, world.pepper),
    ]);
    const { bounds } = await world.keys.authenticateApiKey(formatApiKey(former));
    expect(bounds).toMatchObject({ allowedModels: null, spend: [{ subject: `key:${former.id}`, limitNanoUsd: null }] });
    await world.call("POST", `/api/v1/api-keys/${former.id}/rotate`, { as: person.token, body: {} });
    const list = await world.call("GET", "/api/v1/api-keys", { as: person.token });
    const { api_keys } = listApiKeys.responses[200].schema.parse(list.json());
    expect(api_keys.map(({ family_id, name }) => [family_id, name])).toEqual([
      [former.id, "former"],
      [former.id, "former"],
    ]);
    await world.close();
  });
});
