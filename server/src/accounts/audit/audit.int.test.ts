import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { testCaller } from "../../platform/testing/test-app.ts";
import { createMovableClock } from "../../platform/testing/movable-clock.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { silentLog } from "../../platform/log/log.ts";
import { inRequestContext } from "../../platform/request-context/request-context.ts";
import { chainStart, hashOfEntry } from "./audit-chain.ts";
import { auditStore } from "./audit.store.ts";
import { createAuditTrail } from "./audit-trail.ts";
import { createAuditUsecases } from "./audit.usecases.ts";
import { createAuditVerifier } from "./audit-verifier.ts";
import { createHeadFile } from "./head-anchors.ts";

const { database, drop } = await createTestDatabase();
const dataDir = await mkdtemp(join(tmpdir(), "llm-tuner-audit-"));
const clock = createMovableClock();
const anchors = createHeadFile(dataDir);
const parts = { database, store: auditStore, anchors, clock, log: silentLog };
const trail = createAuditTrail(parts);
const verify = createAuditVerifier(parts);
afterAll(async () => {
  await drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** What somebody with all rights on the database does: drops the guard, acts, puts it back. */
async function tamper(statement: string): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.execute("alter table audit_events disable trigger user");
    await transaction.execute(statement);
    await transaction.execute("alter table audit_events enable trigger user");
  });
}

beforeEach(async () => {
  await tamper("delete from audit_events");
  await rm(join(dataDir, "audit-heads.jsonl"), { force: true });
  for (let index = 1; index <= 6; index += 1) {
    await trail.note({ action: "file.deleted", target: { kind: "file", id: `file_${index}` }, details: { index } });
  }
});

const faultsOf = async () => (await verify()).faults;
const Count = z.object({ count: z.coerce.number() });
const countEntries = async () => (await database.row(Count, "select count(*) from audit_events"))?.count ?? 0;

describe("SEC-40: the audit log", () => {
  it("SEC-40: refuses every change and removal of an entry, and being emptied", async () => {
    for (const statement of [
      "update audit_events set action = 'file.deleted' where sequence = 1",
      "delete from audit_events where sequence = 1",
      "truncate audit_events",
    ]) {
      await expect(database.execute(statement)).rejects.toThrow(/append-only/);
    }
    expect(await countEntries()).toBe(6);
  });

  it("SEC-40: is intact as it was written, with a hash that anybody can compute anew", async () => {
    expect(await verify()).toMatchObject({ intact: true, checked: 6, faults: [], head: { sequence: 6 } });
    const [first] = await auditStore.readRaw(database, { after: 0, until: 1, limit: 1 });
    if (first === undefined) throw new Error("there is no first entry");
    expect(Buffer.from(first.hash).equals(hashOfEntry(chainStart, first))).toBe(true);
  });

  it.each([
    ["who acted", "actor_user_id = 'user_other'"],
    ["what was done", "action = 'model.deleted'"],
    ["what it was done to", "target_id = 'file_9'"],
    ["when", "at = at - interval '1 millisecond'"],
    ["a detail", `details = '{"index":30}'`],
    ["from where", "address = '203.0.113.9'"],
    ["the hash itself", "hash = sha256('other')"],
  ])("SEC-40: names the entry of which somebody changed %s", async (_what, change) => {
    await tamper(`update audit_events set ${change} where sequence = 3`);
    expect(await faultsOf()).toContainEqual({ sequence: 3, fault: "altered" });
  });

  it("SEC-40: names an entry that was taken out", async () => {
    await tamper("delete from audit_events where sequence = 4");
    expect(await faultsOf()).toEqual([{ sequence: 4, fault: "missing" }]);
  });

  it("SEC-40: names both of two entries that changed places", async () => {
    await tamper("update audit_events set sequence = 1000 where sequence = 2");
    await tamper("update audit_events set sequence = 2 where sequence = 3");
    await tamper("update audit_events set sequence = 3 where sequence = 1000");
    expect((await faultsOf()).map(({ sequence }) => sequence)).toEqual(expect.arrayContaining([2, 3]));
  });

  it("SEC-40: knows by the heads outside the database that its end was cut off", async () => {
    const usecases = createAuditUsecases(parts);
    await usecases.anchorHead();
    await tamper("delete from audit_events where sequence > 4");
    expect(await verify()).toMatchObject({ intact: false, faults: [{ sequence: 5, fault: "truncated" }] });
  });

  it("SEC-40: knows by the heads that the whole chain was computed anew", async () => {
    await createAuditUsecases(parts).anchorHead();
    await tamper("delete from audit_events");
    for (let index = 1; index <= 7; index += 1) await trail.note({ action: "file.deleted", details: { index } });
    expect(await faultsOf()).toEqual([{ sequence: 6, fault: "rewritten" }]);
  });

  it("writes a head once, keeps the file private, and reads past a line that a crash cut", async () => {
    const usecases = createAuditUsecases(parts);
    await usecases.anchorHead();
    await usecases.anchorHead();
    expect(await anchors.all()).toHaveLength(1);
    const path = join(dataDir, "audit-heads.jsonl");
    await writeFile(path, `${await readFile(path, "utf8")}{"sequence": 9, "ha`);
    await trail.note({ action: "model.deleted" });
    await usecases.anchorHead();
    expect((await anchors.all()).map(({ sequence }) => sequence)).toEqual([6, 7]);
    expect(await verify()).toMatchObject({ intact: true });
  });
});

describe("an entry", () => {
  it("exists exactly when the transaction of the act committed", async () => {
    await expect(
      database.transaction(async (transaction) => {
        await trail.record(transaction, { action: "model.deleted" });
        throw new Error("the act failed");
      }),
    ).rejects.toThrow("the act failed");
    expect(await verify()).toMatchObject({ checked: 6, intact: true });
  });

  it("keeps its place among forty that are written at once", async () => {
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => trail.note({ action: "file.deleted", details: { index } })),
    );
    expect(await verify()).toMatchObject({ intact: true, checked: 46 });
  });

  it.each([
    ["a person", testCaller({ userId: "user_1" }), "user"],
    ["an administrator", testCaller({ userId: "user_1", role: "admin" }), "admin"],
    ["an API key", testCaller({ userId: "user_1", apiKeyId: "key_1" }), "api_key"],
    ["nobody known", null, "anonymous"],
  ])("SEC-39: says that %s acted, from where, with what and in which request", async (_who, caller, kind) => {
    const context = { requestId: "req_1", caller, address: "192.0.2.1", userAgent: "Test/1.0" };
    await inRequestContext(context, () => trail.note({ action: "file.deleted" }));
    const { events } = await createAuditUsecases(parts).list({}, { limit: 1 });
    expect(events[0]).toMatchObject({
      actor: { kind, user_id: caller?.userId ?? null, api_key_id: caller?.apiKeyId ?? null },
      address: "192.0.2.1",
      user_agent: "Test/1.0",
      request_id: "req_1",
      at: clock.now().toISOString(),
    });
  });

  it("SEC-39: takes hostile text as text, shortened and without what looks like a secret", async () => {
    const userAgent = `evil\r\n\u001B[2J${"x".repeat(10_000)}`;
    const context = { requestId: "req_1", caller: null, address: "192.0.2.1", userAgent };
    const note = "Bearer eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl";
    await inRequestContext(context, () => trail.note({ action: "account.sign_in_failed", details: { note } }));
    const [event] = (await createAuditUsecases(parts).list({}, { limit: 1 })).events;
    expect(event?.user_agent).toHaveLength(300);
    expect(JSON.stringify(event)).not.toContain("eyJhbGci");
    expect(await verify()).toMatchObject({ intact: true });
  });
});

describe("the list", () => {
  const usecases = createAuditUsecases(parts);
  const sequencesOf = async (filter: Parameters<typeof usecases.list>[0]) =>
    (await usecases.list(filter, { limit: 50 })).events.map(({ sequence }) => sequence);

  it("is newest first, page by page, without loss or repetition", async () => {
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await usecases.list({}, { limit: 4, cursor });
      seen.push(...page.events.map(({ sequence }) => sequence));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it("is filtered by action, actor, target and time", async () => {
    clock.advance(1000);
    const from = clock.now().toISOString();
    const caller = testCaller({ userId: "user_7", apiKeyId: "key_7" });
    const context = { requestId: "req_1", caller, address: "192.0.2.1", userAgent: null };
    await inRequestContext(context, () => trail.note({ action: "model.deleted" }));
    expect(await sequencesOf({ action: "model.deleted" })).toEqual([7]);
    expect(await sequencesOf({ actor: "user_7" })).toEqual([7]);
    expect(await sequencesOf({ actor: "key_7" })).toEqual([7]);
    expect(await sequencesOf({ target: "file_2" })).toEqual([2]);
    expect(await sequencesOf({ from })).toEqual([7]);
    expect(await sequencesOf({ to: from })).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it("is exported whole, oldest first", async () => {
    const exported: number[] = [];
    for await (const event of usecases.all({ action: "file.deleted" })) exported.push(event.sequence);
    expect(exported).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
