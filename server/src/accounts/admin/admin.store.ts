import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";
import type { PagePosition } from "../../platform/paging/cursor.ts";
import { shownUserRow } from "../users.store.ts";

const adminUserRow = shownUserRow.extend({
  has_password: z.boolean(),
  open_sessions: z.int(),
});
export type AdminUserRow = z.infer<typeof adminUserRow>;

const idRow = z.object({ id: z.string() });

/** `$1` is the present: sessions that ended by themselves are not open. */
const selected = `${Object.keys(shownUserRow.shape).join(", ")}, password_hash is not null as has_password, (select count(*)::int from sessions
    where user_id = users.id and revoked_at is null and expires_at > $1) as open_sessions`;

export interface UserFilter {
  search?: string | undefined;
  role?: "user" | "admin" | undefined;
  tier?: string | undefined;
  status?: "active" | "disabled" | undefined;
}

interface ListUsers {
  filter: UserFilter;
  after: PagePosition | null;
  limit: number;
  at: Date;
}

/** An account that its owner closed belongs to nobody any more, so it is in no list. */
const list = (queryable: Queryable, { filter, after, limit, at }: ListUsers): Promise<AdminUserRow[]> =>
  queryable.rows(
    adminUserRow,
    `select ${selected} from users
     where closed_at is null
       and ($2::timestamptz is null or (created_at, id) < ($2, $3))
       and ($4::text is null or position(lower($4) in email) > 0 or position(lower($4) in lower(full_name)) > 0)
       and ($5::text is null or role = $5)
       and ($6::text is null or tier = $6)
       and ($7::text is null or (disabled_at is null) = ($7 = 'active'))
     order by created_at desc, id desc limit $8`,
    [
      at,
      after?.createdAt ?? null,
      after?.id ?? null,
      filter.search === undefined || filter.search === "" ? null : filter.search,
      filter.role ?? null,
      filter.tier ?? null,
      filter.status ?? null,
      limit,
    ],
  );

const find = (queryable: Queryable, { id, at }: { id: string; at: Date }): Promise<AdminUserRow | undefined> =>
  queryable.row(adminUserRow, `select ${selected} from users where id = $2 and closed_at is null`, [at, id]);

/** Locks the row until the transaction ends, so that changes of one account follow each other. */
const lock = async (transaction: Queryable, id: string): Promise<boolean> =>
  (await transaction.row(idRow, "select id from users where id = $1 and closed_at is null for update", [id])) !==
  undefined;

interface InvitedUser {
  id: string;
  email: string;
  fullName: string | null;
  role: "user" | "admin";
  tier: string;
  createdAt: Date;
}

/** False when the address is taken. */
const insertInvited = async (transaction: Queryable, user: InvitedUser): Promise<boolean> =>
  (await transaction.execute(
    `insert into users (id, email, full_name, role, tier, created_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (email) do nothing`,
    [user.id, user.email, user.fullName, user.role, user.tier, user.createdAt],
  )) === 1;

interface Access {
  id: string;
  role: "user" | "admin";
  tier: string;
  disabledAt: Date | null;
}

const setAccess = (transaction: Queryable, { id, role, tier, disabledAt }: Access): Promise<number> =>
  transaction.execute("update users set role = $2, tier = $3, disabled_at = $4 where id = $1", [
    id,
    role,
    tier,
    disabledAt,
  ]);

export const adminStore = { list, find, lock, insertInvited, setAccess };
export type AdminStore = typeof adminStore;
