import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { fromBufferPromise } from "yauzl";
import { z } from "zod";
import { jsonLines } from "../../platform/personal-data/personal-data.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createAccountFixture, newOrigin, goodPassword } from "../testing/account-fixture.ts";
import { createAuditFixture } from "../testing/audit-fixture.ts";
import { personalDataStore } from "./personal-data.store.ts";
import { createPersonalDataUsecases, type NamedPersonalData } from "./personal-data.usecases.ts";
import { zipOf } from "./zip-archive.ts";

const { database, drop } = await createTestDatabase();
afterAll(drop);

const masterKey = randomBytes(32);
const minuteMs = 60_000;
const dayMs = 86_400_000;
const Row = z.object({
  email: z.string(),
  full_name: z.string().nullable(),
  password_hash: z.string().nullable(),
  erased_at: z.date().nullable(),
});

/** A domain that keeps one note of each person. */
function createNotes(name: string) {
  const erased: string[] = [];
  const state = { failures: 0 };
  const domain: NamedPersonalData = {
    name,
    async *files(userId) {
      yield jsonLines("notes.jsonl", async function* () {
        yield { userId, text: "buy milk" };
      });
      yield { name: "contents/big.bin", open: async () => Readable.from([Buffer.alloc(100_000, 7)]) };
    },
    async erase(userId) {
      if (state.failures > 0) {
        state.failures -= 1;
        throw new Error("the store does not answer");
      }
      erased.push(userId);
    },
  };
  return { domain, erased, state };
}

function setUp() {
  const fixture = createAccountFixture(database, { masterKey });
  const first = createNotes("files");
  const second = createNotes("models");
  const usecases = createPersonalDataUsecases({
    ...fixture,
    database,
    store: personalDataStore,
    userById: fixture.accounts.userById,
    domains: () => [first.domain, second.domain],
    queue: fixture.held.queue,
    log: silentLog,
  });
  return { ...fixture, usecases, first, second };
}

const sessionIdOf = (accessToken: string): string =>
  z
    .object({ sid: z.string() })
    .parse(JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString("utf8"))).sid;

let world: ReturnType<typeof setUp>;
beforeEach(() => {
  world = setUp();
});

async function newcomer() {
  const tokens = await world.register();
  return { ...tokens, userId: tokens.user.id, sessionId: sessionIdOf(tokens.access_token) };
}

const userRow = (id: string) =>
  database.row(Row, "select email, full_name, password_hash, erased_at from users where id = $1", [id]);

/** Names and contents of an archive, read by a foreign implementation. */
async function unzip(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(bytes);
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  return files;
}

const addIdentity = ({ userId, email }: { userId: string; email: string }) =>
  database.execute(
    `insert into identities (issuer, subject, user_id, email, created_at, last_used_at)
     values ('https://accounts.example.org', $1, $1, $2, now(), now())`,
    [userId, email],
  );

describe("the archive of a person", () => {
  it("has everything of them, of every domain, and nothing by which anybody could sign in", async () => {
    const person = await newcomer();
    await addIdentity(person);
    const stranger = await newcomer();
    const files = await world.usecases.archive(person);
    const bytes = await buffer(zipOf(files, new AbortController().signal));
    const content = await unzip(bytes);
    expect([...content.keys()]).toEqual([
      "account.jsonl",
      "sessions.jsonl",
      "mails.jsonl",
      "identities.jsonl",
      "audit.jsonl",
      "files/notes.jsonl",
      "files/contents/big.bin",
      "models/notes.jsonl",
      "models/contents/big.bin",
    ]);
    expect(content.get("account.jsonl")?.toString()).toContain(person.email);
    expect(content.get("mails.jsonl")?.toString()).toMatch(/^\{"purpose":"verify_email"/);
    expect(content.get("identities.jsonl")?.toString()).toContain("https://accounts.example.org");
    expect(content.get("audit.jsonl")?.toString()).toContain("account.exported");
    expect(content.get("files/contents/big.bin")).toHaveLength(100_000);
    const text = [...content.values()].map(String).join("\n");
    expect(text).not.toContain(stranger.userId);
    for (const secret of [person.access_token, person.refresh_token, "$argon2id$", "mac_key"]) {
      expect(text).not.toContain(secret);
    }
  });

  it("breaks off visibly when something cannot be read", async () => {
    const broken = async function* () {
      yield jsonLines("good.jsonl", async function* () {
        yield 1;
      });
      throw new Error("the store does not answer");
    };
    await expect(buffer(zipOf(broken(), new AbortController().signal))).rejects.toThrow("the store does not answer");
  });

  it("asks for a recent sign-in", async () => {
    const person = await newcomer();
    world.clock.advance(20 * minuteMs);
    await expect(world.usecases.archive(person)).rejects.toMatchObject({ code: "reauthentication_required" });
  });
});

describe("closing an account", () => {
  it("asks for a recent sign-in and for the right address, and changes nothing otherwise", async () => {
    const person = await newcomer();
    await expect(world.usecases.close({ ...person, email: "other@example.org" })).rejects.toMatchObject({
      code: "email_mismatch",
    });
    world.clock.advance(20 * minuteMs);
    await expect(world.usecases.close(person)).rejects.toMatchObject({ code: "reauthentication_required" });
    expect(world.held.take("accounts.erase")).toEqual([]);
    await expect(
      world.accounts.login({ email: person.email, password: goodPassword }, newOrigin()),
    ).resolves.toBeDefined();
  });

  it("signs the person out everywhere at once, and lets nobody in any more", async () => {
    const person = await newcomer();
    await world.usecases.close(person);
    await expect(world.gate.authenticate(person.access_token)).rejects.toMatchObject({ status: 401 });
    await expect(world.accounts.refresh(person.refresh_token)).rejects.toMatchObject({ status: 401 });
    await expect(
      world.accounts.login({ email: person.email, password: goodPassword }, newOrigin()),
    ).rejects.toMatchObject({ code: "account_disabled" });
    expect(world.held.take("accounts.erase")).toEqual([{ user_id: person.userId }]);
  });

  it("keeps the last administrator, also when two leave at the same moment", async () => {
    const one = await newcomer();
    const two = await newcomer();
    await database.execute("update users set role = 'user'");
    await database.execute("update users set role = 'admin' where id = any($1)", [[one.userId, two.userId]]);
    const results = await Promise.allSettled([world.usecases.close(one), world.usecases.close(two)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("what a closed account owned", () => {
  it("is removed in every domain, then from its own row, and its address is free", async () => {
    const person = await newcomer();
    await addIdentity(person);
    await world.usecases.close(person);
    await world.usecases.erase(person.userId);
    expect([world.first.erased, world.second.erased]).toEqual([[person.userId], [person.userId]]);
    const row = await userRow(person.userId);
    expect(row).toMatchObject({ full_name: null, password_hash: null });
    expect(row?.email).not.toContain(person.email);
    const mails = await database.rows(z.object({}), "select from account_mails where email = $1", [person.email]);
    expect(mails).toEqual([]);
    const identities = await database.rows(z.object({}), "select from identities where email = $1", [person.email]);
    expect(identities).toEqual([]);
    await expect(world.register(person.email)).resolves.toBeDefined();
    const entries = await createAuditFixture(database).entries();
    expect(entries).toContain(`account.deletion_requested ${person.userId}`);
    expect(entries).toContain(`account.deleted ${person.userId}`);
  });

  it("is taken up again after a failure, and an account that is open is never touched", async () => {
    const person = await newcomer();
    await world.usecases.erase(person.userId);
    expect(world.first.erased).toEqual([]);
    await world.usecases.close(person);
    world.second.state.failures = 1;
    await expect(world.usecases.erase(person.userId)).rejects.toThrow("the store does not answer");
    expect((await userRow(person.userId))?.erased_at).toBeNull();
    world.held.take("accounts.erase");
    world.clock.advance(2 * 60 * minuteMs);
    await world.usecases.cleanUp();
    expect(world.held.take("accounts.erase")).toContainEqual({ user_id: person.userId });
    await world.usecases.erase(person.userId);
    await world.usecases.erase(person.userId);
    expect((await userRow(person.userId))?.erased_at).not.toBeNull();
  });

  it("leaves a row without a name until no access token of it can live, in any process", async () => {
    const person = await newcomer();
    await world.usecases.close(person);
    await world.usecases.erase(person.userId);
    await world.usecases.cleanUp();
    const restarted = createAccountFixture(database, world);
    await expect(restarted.gate.authenticate(person.access_token)).rejects.toMatchObject({ status: 401 });
    world.clock.advance(2 * dayMs);
    await world.usecases.cleanUp();
    expect(await userRow(person.userId)).toBeUndefined();
  });
});
