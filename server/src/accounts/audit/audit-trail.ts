import type { AuditAction, AuditActorKind, AuditEvent } from "@llm-tuner/contract/audit.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { newId } from "../../platform/ids.ts";
import { redactText } from "../../platform/log/redact.ts";
import { currentRequest } from "../../platform/request-context/request-context.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { chainStart, hashOfEntry } from "./audit-chain.ts";
import type { AuditStore } from "./audit.store.ts";

/** What is said of an event; who, from where and when is taken from the request that is being answered. */
export interface AuditedEvent {
  action: AuditAction;
  /** What was acted on. */
  target?: { kind: string; id: string };
  /** Plain facts, never a secret and never another person's data. */
  details?: AuditEvent["details"];
  /** Who acts, where the request's credentials do not say it: somebody who is just signing in. */
  userId?: string;
}

/** The append-only record of security events, administrative acts and destruction. */
export interface AuditTrail {
  /**
   * Adds an entry that exists exactly when the transaction commits. Ask for it LAST in a transaction: it holds the
   * lock of the whole log until the commit.
   */
  record(transaction: Queryable, event: AuditedEvent): Promise<void>;
  /** Adds an entry by itself, for what changes nothing else, such as a refusal. */
  note(event: AuditedEvent): Promise<void>;
}

const maxUserAgent = 300;
const maxDetail = 500;

function actorKindOf(caller: Caller | null | undefined, userId: string | undefined): AuditActorKind {
  if (caller === undefined) return "system";
  if (caller === null) return userId === undefined ? "anonymous" : "user";
  if (caller.clientTokenId !== null) return "client_token";
  if (caller.apiKeyId !== null) return "api_key";
  return caller.role;
}

/** Whatever a client may have put into a detail is cut, and freed of what looks like a secret. */
const safeDetails = (details: AuditEvent["details"]): AuditEvent["details"] =>
  Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      typeof value === "string" ? redactText(value).slice(0, maxDetail) : value,
    ]),
  );

export function createAuditTrail(dependencies: { database: Database; store: AuditStore; clock: Clock }): AuditTrail {
  const { database, store, clock } = dependencies;

  async function record(transaction: Queryable, event: AuditedEvent): Promise<void> {
    const request = currentRequest();
    const caller = request === undefined ? undefined : request.caller;
    await store.lockChain(transaction);
    const head = await store.head(transaction);
    const entry = {
      sequence: (head?.sequence ?? 0) + 1,
      id: newId("auditEvent"),
      at: clock.now(),
      action: event.action,
      actor_kind: actorKindOf(caller, event.userId),
      actor_user_id: event.userId ?? caller?.userId ?? null,
      actor_session_id: caller?.sessionId ?? null,
      actor_api_key_id: caller?.apiKeyId ?? null,
      target_kind: event.target?.kind ?? null,
      target_id: event.target?.id ?? null,
      address: request?.address ?? null,
      user_agent: request?.userAgent?.slice(0, maxUserAgent) ?? null,
      request_id: request?.requestId ?? null,
      details: JSON.stringify(safeDetails(event.details ?? {})),
    };
    await store.append(transaction, { ...entry, hash: hashOfEntry(head?.hash ?? chainStart, entry) });
  }

  return { record, note: (event) => database.transaction((transaction) => record(transaction, event)) };
}
