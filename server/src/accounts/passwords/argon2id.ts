import { randomBytes } from "node:crypto";
import { hash, parseOptions, verify } from "@node-rs/argon2";
import type { PasswordAlgorithm } from "./password-algorithm.ts";

/** The library's number for argon2id: its enum exists for the type checker only. */
const argon2id = 2;

const withoutPadding = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replaceAll("=", "");

/** argon2id as PHC strings (RFC 9106). */
export const createArgon2id = ({ memoryKib, passes }: { memoryKib: number; passes: number }): PasswordAlgorithm => ({
  hash: (password) => hash(password, { algorithm: argon2id, memoryCost: memoryKib, timeCost: passes, parallelism: 1 }),
  verify,
  owns: (storedHash) => storedHash.startsWith("$argon2id$"),
  isStrong: (storedHash) => {
    const stored = parseOptions(storedHash);
    return stored.memoryCost >= memoryKib && stored.timeCost >= passes;
  },
  dummy: `$argon2id$v=19$m=${memoryKib},t=${passes},p=1$${withoutPadding(randomBytes(16))}$${withoutPadding(randomBytes(32))}`,
});
