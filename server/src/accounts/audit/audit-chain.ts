import { createHash } from "node:crypto";

/** An entry as the hash covers it. */
export interface ChainedEntry {
  sequence: number;
  id: string;
  at: Date;
  action: string;
  actor_kind: string;
  actor_user_id: string | null;
  actor_session_id: string | null;
  actor_api_key_id: string | null;
  target_kind: string | null;
  target_id: string | null;
  address: string | null;
  user_agent: string | null;
  request_id: string | null;
  /** JSON text, exactly as it is stored. */
  details: string;
}

/** What stands before the first entry. */
export const chainStart: Uint8Array = new Uint8Array(32);

/** Fields in an order of their own, as one JSON array: no two different entries have the same text. */
const canonicalText = (entry: ChainedEntry): string =>
  JSON.stringify([
    entry.sequence,
    entry.id,
    entry.at.toISOString(),
    entry.action,
    entry.actor_kind,
    entry.actor_user_id,
    entry.actor_session_id,
    entry.actor_api_key_id,
    entry.target_kind,
    entry.target_id,
    entry.address,
    entry.user_agent,
    entry.request_id,
    entry.details,
  ]);

/** SHA-256 of the hash before and of the entry: whoever changes an entry would have to change every later one too. */
export const hashOfEntry = (previous: Uint8Array, entry: ChainedEntry): Uint8Array =>
  createHash("sha256").update(previous).update(canonicalText(entry)).digest();
