import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const setupRow = z.object({ id: z.string(), is_open: z.boolean() });
export type SetupRow = z.infer<typeof setupRow>;

/** It is open while nobody has used it and nobody is an administrator. */
const isOpen = "used_at is null and not exists (select 1 from users where role = 'admin') as is_open";

const find = (queryable: Queryable): Promise<SetupRow | undefined> =>
  queryable.row(setupRow, `select id, ${isOpen} from first_admin_setup`);

/** Waits for whoever claims at this moment: locking and looking are two statements, so that the look is the newer. */
async function findLocked(transaction: Queryable): Promise<SetupRow | undefined> {
  await transaction.execute("select 1 from first_admin_setup for update");
  return find(transaction);
}

const use = (transaction: Queryable, { userId, at }: { userId: string; at: Date }): Promise<number> =>
  transaction.execute("update first_admin_setup set used_at = $2, used_by = $1", [userId, at]);

/** 0 when the account was disabled or closed meanwhile. */
const promote = (transaction: Queryable, userId: string): Promise<number> =>
  transaction.execute("update users set role = 'admin' where id = $1 and disabled_at is null", [userId]);

export const firstAdminStore = { find, findLocked, use, promote };
export type FirstAdminStore = typeof firstAdminStore;
