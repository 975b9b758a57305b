import { createHmac, randomBytes } from "node:crypto";
import { genSalt, genSaltSync, hash, verify } from "@node-rs/bcrypt";
import type { PasswordAlgorithm } from "./password-algorithm.ts";

/** `$2b$12$` + salt (22 characters) + digest (31). */
const plainForm = /^\$2[aby]\$(?<rounds>\d\d)\$(?<salt>[./0-9A-Za-z]{22})(?<digest>[./0-9A-Za-z]{31})$/;
/** passlib's bcrypt_sha256, version 2. */
const wrappedForm =
  /^\$bcrypt-sha256\$v=2,t=2b,r=(?<rounds>\d{1,2})\$(?<salt>[./0-9A-Za-z]{22})\$(?<digest>[./0-9A-Za-z]{31})$/;

const twoDigits = (rounds: number | string): string => String(rounds).padStart(2, "0");

/** bcrypt reads 72 bytes; this has 44 of them, and every byte of the password counts in it. The salt is its key. */
const preHash = (password: string, salt: string): string =>
  createHmac("sha256", salt).update(password).digest("base64");

/** 23 random bytes in bcrypt's own base 64, in which a digest is written: the same bits under another alphabet. */
function randomDigest(): string {
  const standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const own = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const text = randomBytes(23).toString("base64").replaceAll("=", "");
  return Array.from(text, (character) => own[standard.indexOf(character)]).join("");
}

const saltOf = (setting: string): string => setting.slice(-22);

/** A password that another system hashed: beyond 72 bytes it is as that system saw it, and a sign-in replaces the hash. */
export const plainBcrypt: Pick<PasswordAlgorithm, "owns" | "verify"> = {
  owns: (storedHash) => plainForm.test(storedHash),
  verify: (storedHash, password) => verify(password, storedHash),
};

/** bcrypt of a keyed digest of the password, written as passlib's bcrypt_sha256 writes it. */
export const createBcrypt = ({ rounds }: { rounds: number }): PasswordAlgorithm => ({
  async hash(password) {
    const setting = await genSalt({ cost: rounds });
    const salt = saltOf(setting);
    const plain = await hash(preHash(password, salt), { salt: setting });
    return `$bcrypt-sha256$v=2,t=2b,r=${rounds}$${salt}$${plain.slice(setting.length)}`;
  },
  async verify(storedHash, password) {
    const parts = wrappedForm.exec(storedHash)?.groups;
    if (parts === undefined) return false;
    const { rounds: stored = "", salt = "", digest = "" } = parts;
    return verify(preHash(password, salt), `$2b$${twoDigits(stored)}$${salt}${digest}`);
  },
  owns: (storedHash) => wrappedForm.test(storedHash),
  isStrong: (storedHash) => Number(wrappedForm.exec(storedHash)?.groups?.rounds) >= rounds,
  dummy: `$bcrypt-sha256$v=2,t=2b,r=${rounds}$${saltOf(genSaltSync({ cost: rounds }))}$${randomDigest()}`,
});
