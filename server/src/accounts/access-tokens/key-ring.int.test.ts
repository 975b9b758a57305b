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
