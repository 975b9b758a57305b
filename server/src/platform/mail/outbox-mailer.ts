import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createTransport, type SendMailOptions } from "nodemailer";
import { syncFolder } from "../file-system/sync-folder.ts";
import type { Log } from "../log/log.ts";
import { mailContent } from "./mail-content.ts";
import type { Mailer, MailMessage } from "./mailer.ts";
import { isPlainAddress, type Sender } from "./sender.ts";

interface OutboxMailerOptions {
  folder: string;
  sender: Sender;
  log: Log;
  /** Mails that are kept; the oldest are removed beyond it. */
  keep?: number;
}

const extension = ".eml";
/** The same mail for a terminal: in the other file long links are broken over lines, as mail requires it. */
const readableExtension = ".txt";

async function writePrivately(path: string, content: Uint8Array | Readable): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Another process may remove the same file at the same moment. */
const modifiedMs = async (path: string): Promise<number> =>
  (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;

async function removeOldest(folder: string, keep: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(extension));
  if (names.length <= keep) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), at: await modifiedMs(join(folder, name)) })),
  );
  const oldest = dated.toSorted((a, b) => a.at - b.at).slice(0, names.length - keep);
  const paths = oldest.flatMap(({ path }) => [path, path.slice(0, -extension.length) + readableExtension]);
  await Promise.all(paths.map((path) => rm(path, { force: true })));
}

const readable = ({ to, subject, text }: MailMessage): string => `To: ${to}\nSubject: ${subject}\n\n${text}\n`;

/**
 * Writes each mail to a file that any mail program opens, and as plain text beside it: for trying the server out, and where an operator passes
 * mails on by hand. The log names the file and never what is in it, for that may be a link that opens an account.
 */
export function createOutboxMailer({ folder, sender, log, keep = 1000 }: OutboxMailerOptions): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: "windows" });

  /** Under another name until it is whole. */
  async function place(path: string, content: Uint8Array | Readable): Promise<void> {
    const temporary = join(folder, `.${randomUUID()}`);
    try {
      await writePrivately(temporary, content);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async function write(message: MailMessage, content: SendMailOptions): Promise<string> {
    const { message: composed } = await transport.sendMail(content);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, message.id + readableExtension);
    await place(join(folder, message.id + extension), composed);
    await place(path, Buffer.from(readable(message)));
    await syncFolder(folder);
    return path;
  }

  return {
    async send(message) {
      if (!isPlainAddress(message.to)) return { kind: "failed", retry: false, reason: "the address is none" };
      const content = mailContent(message, sender);
      try {
        const path = await write(message, content);
        log.info({ mailId: message.id, path }, "a mail was written to the outbox, for SMTP_URL is not set");
        await removeOldest(folder, keep);
        return { kind: "sent" };
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
        return { kind: "failed", retry: true, reason: `the outbox cannot be written: ${code}` };
      }
    },
    close: () => transport.close(),
  };
}
