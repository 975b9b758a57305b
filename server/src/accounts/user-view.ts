import type { User } from "@llm-tuner/contract/accounts.ts";
import type { ShownUserRow } from "./users.store.ts";

/** A person as they see themselves. */
export const toUser = (row: ShownUserRow): User => ({
  id: row.id,
  user_id: row.id,
  email: row.email,
  full_name: row.full_name,
  is_active: row.disabled_at === null,
  is_verified: row.email_verified_at !== null,
  provider: row.provider,
  picture: row.picture,
  created_at: row.created_at.toISOString(),
  last_login: row.last_login_at?.toISOString() ?? null,
  role: row.role,
  tier: row.tier,
});
