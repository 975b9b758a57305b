import { randomBytes } from "node:crypto";
import { hash, parseOptions, verify } from "@node-rs/argon2";
import { createTaskLimit } from "./task-limit.ts";

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the stored hash. Without a stored hash the same work is done on a dummy, so that
   * the time of the answer does not tell whether an account exists.
   */
  verify(storedHash: string | null | undefined, password: string): Promise<boolean>;
  /** Whether a stored hash is weaker than what new ones get. */
  isOutdated(storedHash: string): boolean;
}

interface PasswordHasherOptions {
  memoryKib: number;
  passes: number;
  concurrency: number;
  /** Called instead of queueing without end; its error is thrown. */
  busy: () => Error;
}

/** The library's number for argon2id: its enum exists for the type checker only. */
const argon2id = 2;

/** Hashes that wait for their turn; at two per core and 20 ms each the last of them waits a few seconds. */
const maxWaiting = 200;

const withoutPadding = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replaceAll("=", "");

/** argon2id as PHC strings. Nothing is normalised or cut: every character of the password counts. */
export function createPasswordHasher({ memoryKib, passes, concurrency, busy }: PasswordHasherOptions): PasswordHasher {
  const parameters = { algorithm: argon2id, memoryCost: memoryKib, timeCost: passes, parallelism: 1 };
  const limit = createTaskLimit({ concurrency, maxWaiting, busy });
  // No password is known to have this hash: its bytes are random.
  const dummy = `$argon2id$v=19$m=${memoryKib},t=${passes},p=1$${withoutPadding(randomBytes(16))}$${withoutPadding(randomBytes(32))}`;

  return {
    hash: (password) => limit(() => hash(password, parameters)),
    verify: async (storedHash, password) => {
      const matches = await limit(() => verify(storedHash ?? dummy, password));
      return matches && typeof storedHash === "string";
    },
    isOutdated: (storedHash) => {
      if (!storedHash.startsWith("$argon2id$")) return true;
      const stored = parseOptions(storedHash);
      return stored.memoryCost < memoryKib || stored.timeCost < passes;
    },
  };
}
