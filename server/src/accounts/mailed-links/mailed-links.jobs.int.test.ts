import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createAccountFixture, newEmail, newOrigin } from "../testing/account-fixture.ts";

const { database, drop } = await createTestDatabase();
const fixture = createAccountFixture(database);
const { mails, mailedLinks, held, post, clock, deliverMails, register } = fixture;
afterAll(async () => {
  await fixture.gate.close();
  await drop();
});

const rows = () =>
  database.rows(
    z.object({ id: z.string(), user_id: z.string().nullable(), sent_at: z.date().nullable() }),
    "select id, user_id, sent_at from account_mails order by created_at, id",
  );
const work = async (mailId: string) => {
  for (const worker of mailedLinks.workers) await worker.handle({ mail_id: mailId }, new AbortController().signal);
};
/** A person and the id of one mail to them that waits. */
const personWithMail = async () => {
  const person = await register();
  const [job] = held.take("accounts.mail");
  return { ...person, mailId: job?.mail_id ?? "" };
};

describe("a mail about an account", () => {
  it("exists exactly when what it tells of does", async () => {
    const before = await rows();
    const failing = database.transaction(async (transaction) => {
      await mails.mailPasswordChanged(transaction, { id: "user_000000000000000000nobody", email: newEmail() });
    });
    await expect(failing).rejects.toThrow(/account_mails_user_id_fkey/);
    expect(await rows()).toEqual(before);
  });

  it("is sent once, however often its job is delivered", async () => {
    const { mailId, email } = await personWithMail();
    await work(mailId);
    await work(mailId);
    expect(post.take().map(({ id, to }) => [id, to])).toEqual([[mailId, email]]);
    expect((await rows()).find(({ id }) => id === mailId)?.sent_at).toEqual(clock.now());
  });

  it("keeps its id and its link when it has to be sent again", async () => {
    const { mailId } = await personWithMail();
    await work(mailId);
    // The process died after the mail was handed over and before that was written down.
    await database.execute("update account_mails set sent_at = null where id = $1", [mailId]);
    await work(mailId);
    const [first, second] = post.take();
    expect(second).toEqual(first);
  });

  it("is tried again after a failure that may pass", async () => {
    const { mailId } = await personWithMail();
    post.failNext({ kind: "failed", retry: true, reason: "EENVELOPE: 451 later" });
    await expect(work(mailId)).rejects.toThrow(/was not taken: EENVELOPE: 451 later/);
    await work(mailId);
    expect(post.take()).toHaveLength(1);
  });

  it("is given up after a refusal for good", async () => {
    const { mailId } = await personWithMail();
    post.failNext({ kind: "failed", retry: false, reason: "EENVELOPE: 550 unknown" });
    await work(mailId);
    expect(post.take()).toEqual([]);
    expect((await rows()).find(({ id }) => id === mailId)?.sent_at).toBeNull();
  });

  it("is not sent when its link ended or its reader was disabled", async () => {
    const late = await personWithMail();
    clock.advance(24 * 3_600_000);
    await work(late.mailId);
    const disabled = await personWithMail();
    await database.execute("update users set disabled_at = now() where id = $1", [disabled.user.id]);
    await work(disabled.mailId);
    expect(post.take()).toEqual([]);
  });

  it("to an address without an account is forgotten instead", async () => {
    const email = newEmail();
    await mailedLinks.passwordReset.request(email, newOrigin().network);
    expect((await rows()).filter(({ user_id: userId }) => userId === null)).toHaveLength(1);
    expect(await deliverMails()).toEqual([]);
    expect((await rows()).filter(({ user_id: userId }) => userId === null)).toEqual([]);
  });

  it("goes with its account, and a month later by itself", async () => {
    const gone = await personWithMail();
    const old = await personWithMail();
    await database.execute("delete from users where id = $1", [gone.user.id]);
    const ids = async () => (await rows()).map(({ id }) => id);
    expect(await ids()).not.toContain(gone.mailId);
    clock.advance(30 * 24 * 3_600_000);
    await mailedLinks.deleteOldMails();
    expect(await ids()).toContain(old.mailId);
    clock.advance(1);
    await mailedLinks.deleteOldMails();
    expect(await ids()).not.toContain(old.mailId);
  });
});
