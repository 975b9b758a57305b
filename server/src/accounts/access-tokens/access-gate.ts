import { type Awaitable, goOnWith } from "@llm-tuner/gateway/awaitable.ts";
import { scopes } from "@llm-tuner/contract/endpoint.ts";
import type { Envelope } from "../../platform/crypto/envelope.ts";
import type { Database } from "../../platform/database/database.ts";
import { type Caller, noBounds } from "../../platform/http/caller.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { accessTokensUnavailable, invalidAccessToken } from "../accounts.errors.ts";
import type { SessionsStore } from "../sessions/sessions.store.ts";
import type { UsersStore } from "../users.store.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import { createAccessState } from "./access-state.ts";
import { type AccessTokenClaims, createAccessTokens } from "./access-tokens.ts";
import { createFreshness } from "../../platform/time/freshness.ts";
import { createPacer } from "../../platform/time/pacer.ts";
import { createKeyRingSource, type KeyRing } from "./key-ring.ts";
import type { SigningAlgorithm } from "./signing-algorithms.ts";
import { type SigningKeyView, viewOf } from "./signing-keys.ts";
import { signingKeysStore } from "./signing-keys.store.ts";

/** What decides over the credentials of a person, besides the credentials themselves. */
export interface Standing {
  isActive: boolean;
  tier: string;
  role: Caller["role"];
}

/** Issues and judges access tokens with what this process keeps in memory. */
export interface AccessGate {
  /** Loads and begins to listen. Called by itself at the first use where nobody did. */
  open: () => Promise<void>;
  close: () => Promise<void>;
  authenticate: (token: string) => Promise<Caller>;
  /** Whether a person's account works and which tier it has, from memory. */
  standingOf: (userId: string) => Awaitable<Standing>;
  /** Whether what was handed out under a session still holds, from memory. */
  isSessionOpen: (sessionId: string, userId: string) => Promise<boolean>;
  issueAccessToken: (claims: AccessTokenClaims) => Promise<string>;
  markSessionRevoked: (sessionId: string) => void;
  /** Roles, tiers or disabled accounts changed: they are read anew before the next token is judged. */
  accessChanged: () => void;
  publicKeys: () => Promise<KeyRing["jwks"]>;
  rotateSigningKeyWhenDue: () => Promise<void>;
  /** Puts the next key into use, here and in all other processes; tokens of the former one stay valid. */
  rotateSigningKeys: () => Promise<SigningKeyView[]>;
  listSigningKeys: () => Promise<SigningKeyView[]>;
}

interface AccessGateDependencies {
  database: Database;
  users: UsersStore;
  sessions: SessionsStore;
  envelope: Envelope;
  clock: Clock;
  log: Log;
  audit: Pick<AuditTrail, "record">;
  config: {
    tokenIssuer: string;
    tokenAudience: string;
    signingKeyDays: number;
    accessTokenAlgorithm: SigningAlgorithm;
  };
}

/** A notice brings changes at once; reading anew after this long covers a notice that was lost. */
const freshMs = 5000;
/** With nothing newer than this, no token is accepted: it could have been revoked. */
const staleMs = 60_000;

/** Tokens with a key that nobody has must not make this process read the keys more often than this. */
const betweenReadingsMs = 1000;

const allScopes: Caller["scopes"] = new Set(scopes);

export function createAccessGate(dependencies: AccessGateDependencies): AccessGate {
  const { database, envelope, audit, clock, log, config } = dependencies;
  const state = createAccessState(dependencies);
  const source = createKeyRingSource({ ...config, database, store: signingKeysStore, envelope, audit, clock });
  let ring: KeyRing | undefined;
  const keyRing = (): KeyRing => {
    if (ring === undefined) throw accessTokensUnavailable("the keys were asked for before they were loaded");
    return ring;
  };
  const tokens = createAccessTokens({
    issuer: config.tokenIssuer,
    audience: config.tokenAudience,
    clock,
    keyRing,
    readKeysAnew: createPacer({ act: readKeysAnew, leastMs: betweenReadingsMs }),
  });

  async function readKeysAnew(): Promise<void> {
    keysFreshness.invalidate();
    await keysFreshness.ensure();
  }

  async function loadKeys(): Promise<void> {
    const loaded = await source.load();
    const known = [...(ring?.verifying.keys() ?? [])];
    if (known.some((kid) => !loaded.verifying.has(kid))) tokens.forgetVerified();
    ring = loaded;
  }

  const stateFreshness = createFreshness({ load: state.load, freshMs, staleMs, log });
  const keysFreshness = createFreshness({ load: loadKeys, freshMs, staleMs, log });

  const unlisten: (() => Promise<void>)[] = [];
  let isListening = false;
  async function listen(channel: string, onMessage: (payload: string) => void, invalidate: () => void): Promise<void> {
    try {
      unlisten.push(await database.listen(channel, onMessage));
      invalidate();
    } catch (error) {
      log.error({ error, channel }, "cannot listen for changes of access");
    }
  }
  /** Is not waited for: until a channel is heard, reading anew covers it, and then everything is read once more. */
  async function listenToAll(): Promise<void> {
    await listen("session_revoked", state.markSessionRevoked, stateFreshness.invalidate);
    await listen("user_access_changed", stateFreshness.invalidate, stateFreshness.invalidate);
    await listen("signing_keys_changed", keysFreshness.invalidate, keysFreshness.invalidate);
  }

  /** Undefined when what is in memory is young enough to go on with. */
  function ready(): Promise<unknown> | undefined {
    if (!isListening) {
      isListening = true;
      void listenToAll();
    }
    const pending = [stateFreshness.ensure(), keysFreshness.ensure()].filter((loading) => loading !== undefined);
    return pending.length === 0 ? undefined : Promise.all(pending);
  }

  const standing = (userId: string): Standing => ({
    isActive: !state.isUserDisabled(userId),
    tier: state.tierOf(userId),
    role: state.roleOf(userId),
  });

  async function authenticate(token: string): Promise<Caller> {
    await ready();
    const { userId, sessionId } = await tokens.verify(token);
    if (state.isSessionRevoked(sessionId) || state.isUserDisabled(userId)) throw invalidAccessToken();
    return {
      userId,
      role: state.roleOf(userId),
      tier: state.tierOf(userId),
      sessionId,
      apiKeyId: null,
      clientTokenId: null,
      scopes: allScopes,
      bounds: noBounds,
      notices: {},
    };
  }

  return {
    open: async () => void (await ready()),
    async close() {
      await Promise.all(unlisten.splice(0).map((stop) => stop()));
    },
    authenticate,
    standingOf: (userId) => goOnWith(ready(), () => standing(userId)),
    async isSessionOpen(sessionId, userId) {
      await ready();
      return !state.isSessionRevoked(sessionId) && !state.isUserDisabled(userId);
    },
    async issueAccessToken(claims) {
      await keysFreshness.ensure();
      return tokens.issue(claims);
    },
    markSessionRevoked: state.markSessionRevoked,
    accessChanged: stateFreshness.invalidate,
    async publicKeys() {
      await keysFreshness.ensure();
      return keyRing().jwks;
    },
    rotateSigningKeyWhenDue: source.rotateWhenDue,
    listSigningKeys: async () => (await source.list()).map(viewOf),
    async rotateSigningKeys() {
      const rows = await source.rotate();
      await readKeysAnew();
      return rows.map(viewOf);
    },
  };
}
