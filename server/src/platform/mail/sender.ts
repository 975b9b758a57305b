export interface Sender {
  name: string;
  address: string;
}

/** For the outbox, where nobody else says who sends. */
export const localSender: Sender = { name: "LLM Tuner", address: "no-reply@localhost" };

const addressShape = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/;

/** Whether the text is one plain address: no list, no name, nothing that could begin another header. */
export const isPlainAddress = (text: string): boolean => text.length <= 254 && addressShape.test(text);

/** `Name <address>` or an address alone. */
export function parseSender(text: string): Sender {
  const [, name = "", address = text.trim()] = /^\s*"?([^"<>\p{Cc}]*?)"?\s*<([^<>]*)>\s*$/u.exec(text) ?? [];
  if (!isPlainAddress(address)) {
    throw new Error("must be an address such as no-reply@example.org or LLM Tuner <no-reply@example.org>");
  }
  return { name, address };
}
