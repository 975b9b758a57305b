import PostalMime, { type Email } from "postal-mime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomBase62 } from "../ids.ts";
import type { Mailer } from "./mailer.ts";

interface MailerUnderTest {
  /** Sends as `Mail Room <room@tuner.test>`. */
  mailer: Mailer;
  /** Raw messages that were handed over. */
  received: () => Promise<readonly string[]>;
  end: () => Promise<void>;
}

const message = (changed = {}) => ({
  id: `mt_${randomBase62(22)}`,
  to: "ada@example.org",
  subject: "Grüße — 你好",
  text: "Use this link:\nhttps://tuner.test/reset-password#token=abc\n.\nEnd",
  html: '<p>Use <a href="https://tuner.test/reset-password#token=abc">this link</a> &amp; no other.</p>',
  ...changed,
});

const headerOf = (email: Email, key: string) =>
  email.headers.filter((header) => header.key === key).map(({ value }) => value);

/** What every driver of the mailer must do. */
export function describeMailer(name: string, create: () => Promise<MailerUnderTest>): void {
  describe(`${name} as a mailer`, () => {
    let under: MailerUnderTest;
    beforeEach(async () => {
      under = await create();
    });
    afterEach(async () => {
      under.mailer.close();
      await under.end();
    });
    const received = async (): Promise<Email[]> =>
      Promise.all((await under.received()).map((raw) => PostalMime.parse(raw)));

    it("delivers text and HTML as they are, in any letters", async () => {
      const sent = message();
      expect(await under.mailer.send(sent)).toEqual({ kind: "sent" });
      const [email, ...others] = await received();
      expect(others).toEqual([]);
      expect(email).toMatchObject({
        subject: sent.subject,
        from: { name: "Mail Room", address: "room@tuner.test" },
        to: [{ address: "ada@example.org" }],
        messageId: `<${sent.id}@tuner.test>`,
      });
      expect([email?.text?.trim(), email?.html?.trim()]).toEqual([sent.text, sent.html]);
    });

    it("tells answering machines to stay quiet, and is dated", async () => {
      await under.mailer.send(message());
      const [email] = await received();
      expect(email && headerOf(email, "auto-submitted")).toEqual(["auto-generated"]);
      expect(Date.parse(email?.date ?? "")).toBeGreaterThan(Date.now() - 3_600_000);
    });

    it("gives a repeated delivery the same Message-ID, and another mail another one", async () => {
      const sent = message();
      for (const each of [sent, sent, message()]) await under.mailer.send(each);
      const ids = (await received()).map(({ messageId }) => messageId);
      expect(new Set(ids).size).toBe(2);
      expect(ids).toContain(`<${sent.id}@tuner.test>`);
    });

    it.each(["\r\n", "\n", "\r", "\u0085", "\0"])("lets no line end %j begin another header", async (end) => {
      const sent = message({ subject: `Hello${end}Bcc: mallory@example.org${end}${end}<b>body</b>` });
      expect(await under.mailer.send(sent)).toEqual({ kind: "sent" });
      const [email] = await received();
      expect(email?.subject).toBe("Hello Bcc: mallory@example.org <b>body</b>");
      expect([email?.bcc, email?.text?.trim()]).toEqual([undefined, sent.text]);
    });

    it.each([
      "ada@example.org\r\nBcc: mallory@example.org",
      "ada@example.org, mallory@example.org",
      "Ada <ada@example.org>",
      '"ada@example.org,x"@example.org',
      "ada",
      "@example.org",
      "",
    ])("refuses for good what is not one plain address: %j", async (to) => {
      expect(await under.mailer.send(message({ to }))).toMatchObject({ kind: "failed", retry: false });
      expect(await under.received()).toEqual([]);
    });

    it.each(["../../etc/passwd", "a b", "", "x>\r\nBcc: m@example.org"])("takes no id such as %j", async (id) => {
      await expect(under.mailer.send(message({ id }))).rejects.toThrow(/id of a mail/);
      expect(await under.received()).toEqual([]);
    });

    it("delivers many at once", async () => {
      const sent = Array.from({ length: 12 }, () => message());
      const outcomes = await Promise.all(sent.map((each) => under.mailer.send(each)));
      expect(outcomes.every(({ kind }) => kind === "sent")).toBe(true);
      const ids = (await received()).map(({ messageId }) => messageId);
      expect(ids).toHaveLength(sent.length);
      expect(new Set(ids)).toEqual(new Set(sent.map(({ id }) => `<${id}@tuner.test>`)));
    });
  });
}
