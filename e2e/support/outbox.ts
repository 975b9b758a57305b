import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { patienceMs } from "./browser.ts";
import type { Platform } from "./platform.ts";

/** The text of a mail; long lines are broken by `=`, and some characters are written by their number. */
const decoded = (mail: string): string =>
  /quoted-printable/i.test(mail)
    ? mail
        .replaceAll(/=\r?\n/g, "")
        .replaceAll(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : mail;

const linkIn = (mail: string, page: string): string | undefined =>
  new RegExp(`https?://[^\\s"<>]+${page}#token=[\\w.~-]+`).exec(mail)?.[0];

/** The link to a page of the client in the newest mail to an address that has one; waits until there is one. */
export const mailedLink = async (
  { dataDir }: Platform,
  { to, page, other }: { to: string; page: string; other?: string | undefined },
): Promise<string> => {
  const folder = join(dataDir, "outbox");
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith(".eml"));
    const mails = await Promise.all(names.map(async (name) => decoded(await readFile(join(folder, name), "utf8"))));
    const links = mails.filter((mail) => mail.includes(`To: ${to}`)).map((mail) => linkIn(mail, page));
    const fresh = links.find((link) => link !== undefined && link !== other);
    if (fresh !== undefined) return fresh;
    await delay(100);
  }
  throw new Error(`no mail to ${to} with a link to ${page} came`);
};
