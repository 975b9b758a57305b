import type { Caller } from "../platform/http/caller.ts";
import { authenticationRequired } from "../platform/http/http.errors.ts";

/** Throws a 401 for somebody without credentials where documents are for people with an account only. */
export function requireOpen(caller: Caller | null, { anonymous }: { anonymous: boolean }): void {
  if (caller === null && !anonymous) throw authenticationRequired();
}

interface Owned {
  /** Null for what belongs to whoever holds its id. */
  userId: string | null;
  expiresAt: Date | null;
}

/** Whether somebody may see something: its owner, or where it has none, whoever knows its id, until it expires. */
export const maySee = ({ userId, expiresAt }: Owned, caller: Caller | null, now: Date): boolean =>
  userId === null ? expiresAt === null || expiresAt > now : userId === caller?.userId;
