import type { SettingsOf } from "../../platform/config/setting.ts";
import { createArgon2id } from "./argon2id.ts";
import { createBcrypt, plainBcrypt } from "./bcrypt.ts";
import type { passwordsSettings } from "./passwords.config.ts";
import { createTaskLimit } from "./task-limit.ts";

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the stored hash. Without a stored hash the same work is done on a dummy, so that
   * the time of the answer does not tell whether an account exists.
   */
  verify(storedHash: string | null | undefined, password: string): Promise<boolean>;
  /** Whether a stored hash is of another kind than new ones, or weaker. */
  isOutdated(storedHash: string): boolean;
}

interface PasswordHasherOptions {
  config: SettingsOf<typeof passwordsSettings>;
  /** Called instead of queueing without end; its error is thrown. */
  busy: () => Error;
}

/** Hashes that wait for their turn; at two per core and 20 ms each the last of them waits a few seconds. */
const maxWaiting = 200;

/**
 * New hashes are of the selected kind; those of the other kind, and plain bcrypt of another system, are still accepted.
 * Nothing is normalised or cut: every character of the password counts.
 */
export function createPasswordHasher({ config, busy }: PasswordHasherOptions): PasswordHasher {
  const limit = createTaskLimit({ concurrency: config.passwordHashConcurrency, maxWaiting, busy });
  const argon2id = createArgon2id({ memoryKib: config.argon2MemoryKib, passes: config.argon2Passes });
  const bcrypt = createBcrypt({ rounds: config.bcryptRounds });
  const selected = { argon2id, bcrypt }[config.passwordHash];
  const known = [argon2id, bcrypt, plainBcrypt];

  return {
    hash: (password) => limit(() => selected.hash(password)),
    async verify(storedHash, password) {
      const algorithm = known.find(({ owns }) => typeof storedHash === "string" && owns(storedHash));
      const matches = await limit(() =>
        typeof storedHash === "string" && algorithm !== undefined
          ? algorithm.verify(storedHash, password)
          : selected.verify(selected.dummy, password),
      );
      return matches && algorithm !== undefined;
    },
    isOutdated: (storedHash) => !selected.owns(storedHash) || !selected.isStrong(storedHash),
  };
}
