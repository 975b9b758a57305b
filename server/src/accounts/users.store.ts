import { Provider } from "@llm-tuner/contract/accounts.ts";
import { standardTier } from "@llm-tuner/contract/api-keys.ts";
import { z } from "zod";
import type { Queryable } from "../platform/database/database.ts";

/** What is shown of a person; the hash of the password is asked for only where a password is tried. */
export const shownUserRow = z.object({
  id: z.string(),
  email: z.string(),
  full_name: z.string().nullable(),
  picture: z.string().nullable(),
  provider: Provider,
  role: z.enum(["user", "admin"]),
  tier: z.string(),
  email_verified_at: z.date().nullable(),
  disabled_at: z.date().nullable(),
  last_login_at: z.date().nullable(),
  created_at: z.date(),
});
export type ShownUserRow = z.infer<typeof shownUserRow>;

const userRow = shownUserRow.extend({ password_hash: z.string().nullable() });
export type UserRow = z.infer<typeof userRow>;

const columns = Object.keys(userRow.shape).join(", ");

interface NewUser {
  id: string;
  email: string;
  passwordHash: string;
  fullName: string | null;
  createdAt: Date;
  lastLoginAt: Date | null;
}

/** Undefined when the address is taken, also by a registration that runs at this very moment. */
const insert = (queryable: Queryable, user: NewUser): Promise<UserRow | undefined> =>
  queryable.row(
    userRow,
    `insert into users (id, email, password_hash, full_name, created_at, last_login_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (email) do nothing returning ${columns}`,
    [user.id, user.email, user.passwordHash, user.fullName, user.createdAt, user.lastLoginAt],
  );

const findById = (queryable: Queryable, id: string): Promise<UserRow | undefined> =>
  queryable.row(userRow, `select ${columns} from users where id = $1`, [id]);

const findByEmail = (queryable: Queryable, email: string): Promise<UserRow | undefined> =>
  queryable.row(userRow, `select ${columns} from users where email = $1`, [email]);

const recordLogin = (queryable: Queryable, { id, at }: { id: string; at: Date }): Promise<UserRow | undefined> =>
  queryable.row(userRow, `update users set last_login_at = $2 where id = $1 returning ${columns}`, [id, at]);

/** Replaces a hash by a stronger one of the same password, unless the password was changed meanwhile. */
const upgradePasswordHash = (
  queryable: Queryable,
  { id, from, to }: { id: string; from: string; to: string },
): Promise<number> =>
  queryable.execute("update users set password_hash = $3 where id = $1 and password_hash = $2", [id, from, to]);

const accessRow = z.object({ id: z.string(), is_admin: z.boolean(), is_disabled: z.boolean(), tier: z.string() });

/**
 * Everybody whose access differs from an ordinary person's: administrators, the disabled (whose API keys outlive every
 * access token), and those with a tier of their own.
 */
const listExceptionalAccess = (queryable: Queryable): Promise<z.infer<typeof accessRow>[]> =>
  queryable.rows(
    accessRow,
    `select id, role = 'admin' as is_admin, disabled_at is not null as is_disabled, tier from users
     where role = 'admin' or disabled_at is not null or tier <> $1`,
    [standardTier],
  );

/** How many accounts have each tier that somebody has. */
const countByTier = (queryable: Queryable): Promise<{ tier: string; users: number }[]> =>
  queryable.rows(
    z.object({ tier: z.string(), users: z.coerce.number() }),
    "select tier, count(*) as users from users group by tier",
  );

export const usersStore = {
  insert,
  findById,
  findByEmail,
  recordLogin,
  upgradePasswordHash,
  listExceptionalAccess,
  countByTier,
};
export type UsersStore = typeof usersStore;
