import { z } from "zod";
import { setting } from "../../platform/config/setting.ts";

/** The floor that OWASP names for argon2id; settings may raise it, never lower it. */
const argon2Floor = { memoryKib: 19_456, passes: 2 } as const;
/** Likewise for bcrypt: 10 is the least, and each more doubles the work. */
const bcryptRounds = { min: 10, max: 16 } as const;

export const passwordsSettings = {
  passwordHash: setting({
    env: "PASSWORD_HASH",
    description:
      "How new passwords are hashed: argon2id or bcrypt. Hashes of the other kind hold too, and are replaced as people sign in.",
    schema: z.enum(["argon2id", "bcrypt"]).default("argon2id"),
  }),
  argon2MemoryKib: setting({
    env: "ARGON2_MEMORY_KIB",
    description: "Memory of one password hash in KiB. Raising it upgrades stored hashes as people sign in.",
    schema: z.coerce.number().int().min(argon2Floor.memoryKib).max(1_048_576).default(argon2Floor.memoryKib),
  }),
  argon2Passes: setting({
    env: "ARGON2_PASSES",
    description: "Passes of one password hash. Raising it upgrades stored hashes as people sign in.",
    schema: z.coerce.number().int().min(argon2Floor.passes).max(20).default(argon2Floor.passes),
  }),
  bcryptRounds: setting({
    env: "BCRYPT_ROUNDS",
    description:
      "With PASSWORD_HASH=bcrypt: work of one hash, doubled by each step. Raising it upgrades stored hashes as people sign in.",
    schema: z.coerce.number().int().min(bcryptRounds.min).max(bcryptRounds.max).default(12),
  }),
  passwordHashConcurrency: setting({
    env: "PASSWORD_HASH_CONCURRENCY",
    description: "Password hashes computed at once; each takes a thread and its memory.",
    schema: z.coerce.number().int().min(1).max(64).default(2),
  }),
} as const;
