import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createLog, silentLog } from "../log/log.ts";
import { describeMailer } from "./mailer.suite.ts";
import { createOutboxMailer } from "./outbox-mailer.ts";

const sender = { name: "Mail Room", address: "room@tuner.test" };
const folders: string[] = [];
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "llm-tuner-outbox-"));
  folders.push(folder);
  return join(folder, "outbox");
};
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

describeMailer("the outbox", async () => {
  const folder = await newFolder();
  // A file for each mail: a repeated delivery replaces the one before.
  return {
    mailer: createOutboxMailer({ folder, sender, log: silentLog }),
    received: async () => {
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".eml"));
      return Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    },
    end: async () => undefined,
  };
});

describe("the outbox", () => {
  const mail = (id: string) => ({ id, to: "ada@example.org", subject: "Hi", text: "#token=abc", html: "<p>Hi</p>" });

  it("is private, and the log names the file without what is in it", async () => {
    const folder = await newFolder();
    const lines: string[] = [];
    const log = createLog({ level: "info", stream: { write: (line) => lines.push(line) } });
    await createOutboxMailer({ folder, sender, log }).send(mail("mt_one"));
    const paths = ["mt_one.eml", "mt_one.txt"].map((name) => join(folder, name));
    const modes = await Promise.all([folder, ...paths].map(async (path) => (await stat(path)).mode & 0o777));
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    expect(lines.join("")).toContain(paths[1]);
    expect(lines.join("")).not.toMatch(/token|ada@example/);
  });

  it("has each mail once more as text, with its link in one piece", async () => {
    const folder = await newFolder();
    const link = `https://tuner.example.org/verify-email#token=${"x".repeat(200)}`;
    await createOutboxMailer({ folder, sender, log: silentLog }).send({ ...mail("mt_one"), text: `Open\n\n${link}` });
    const readable = await readFile(join(folder, "mt_one.txt"), "utf8");
    expect(readable).toBe(`To: ada@example.org\nSubject: Hi\n\nOpen\n\n${link}\n`);
  });

  it("keeps the newest mails and leaves other files alone", async () => {
    const folder = await newFolder();
    const mailer = createOutboxMailer({ folder, sender, log: silentLog, keep: 2 });
    for (const [index, id] of ["mt_a", "mt_b", "mt_c"].entries()) {
      await mailer.send(mail(id));
      if (index === 0) await writeFile(join(folder, "notes.txt"), "of a person");
      const at = new Date(Date.now() - 100_000 + index * 1000);
      await utimes(join(folder, `${id}.eml`), at, at).catch(() => undefined);
    }
    await mailer.send(mail("mt_d"));
    expect((await readdir(folder)).toSorted()).toEqual(["mt_c.eml", "mt_c.txt", "mt_d.eml", "mt_d.txt", "notes.txt"]);
  });

  it("may be tried again when it cannot be written", async () => {
    const folder = await newFolder();
    await writeFile(folder, "a file where the folder should be");
    const outcome = await createOutboxMailer({ folder, sender, log: silentLog }).send(mail("mt_one"));
    expect(outcome).toEqual({ kind: "failed", retry: true, reason: "the outbox cannot be written: EEXIST" });
  });
});
