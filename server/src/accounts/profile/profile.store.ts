import type { Queryable } from "../../platform/database/database.ts";

const setFullName = (
  queryable: Queryable,
  { id, fullName }: { id: string; fullName: string | null },
): Promise<number> => queryable.execute("update users set full_name = $2 where id = $1", [id, fullName]);

/** Replaces the hash that was proved, and no other: 0 when the password was changed meanwhile. */
const replacePasswordHash = (
  queryable: Queryable,
  { id, from, to }: { id: string; from: string | null; to: string },
): Promise<number> =>
  queryable.execute("update users set password_hash = $3 where id = $1 and password_hash is not distinct from $2", [
    id,
    from,
    to,
  ]);

export const profileStore = { setFullName, replacePasswordHash };
export type ProfileStore = typeof profileStore;
