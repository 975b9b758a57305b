import { join } from "node:path";
import type { SettingsOf } from "../config/setting.ts";
import type { Log } from "../log/log.ts";
import type { mailSettings } from "./mail.config.ts";
import type { Mailer } from "./mailer.ts";
import { createOutboxMailer } from "./outbox-mailer.ts";
import { localSender } from "./sender.ts";
import { createSmtpMailer } from "./smtp-mailer.ts";

interface CreateMailer {
  config: SettingsOf<typeof mailSettings>;
  dataDir: string;
  log: Log;
}

/** The driver that the settings ask for. */
export function createMailer({ config: { smtp, sender = localSender }, dataDir, log }: CreateMailer): Mailer {
  if (smtp !== undefined) return createSmtpMailer({ server: smtp, sender });
  return createOutboxMailer({ folder: join(dataDir, "outbox"), sender, log });
}
