import type { Caller } from "../../platform/http/caller.ts";
import { invalidAccessToken } from "../accounts.errors.ts";

/** A caller who signed in, as endpoints with the access `session` and `admin` have them. */
export interface SignedInPerson {
  userId: string;
  sessionId: string;
}

export function signedInPerson({ userId, sessionId }: Caller): SignedInPerson {
  if (sessionId === null) throw invalidAccessToken();
  return { userId, sessionId };
}
