import { Tokens, refresh as refreshEndpoint } from "@llm-tuner/contract/accounts.ts";
import { z } from "zod";

const storageKey = "llm-tuner.session";

const Session = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresAt: z.number(),
  email: z.string(),
});
export type Session = z.infer<typeof Session>;

type Listener = () => void;
const listeners = new Set<Listener>();
let cachedText: string | null = null;
let cached: Session | undefined;

const parse = (text: string): Session | undefined => {
  try {
    return Session.safeParse(JSON.parse(text)).data;
  } catch {
    // Written by another version or by hand: as good as signed out.
    return undefined;
  }
};

/** The session of this browser, shared by its tabs; the same object until it changes. */
export const currentSession = (): Session | undefined => {
  const text = localStorage.getItem(storageKey);
  if (text !== cachedText) {
    cachedText = text;
    cached = text === null ? undefined : parse(text);
  }
  return cached;
};

export const onSessionChange = (listener: Listener): (() => void) => {
  listeners.add(listener);
  globalThis.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    globalThis.removeEventListener("storage", listener);
  };
};

const changed = (): void => {
  for (const listener of listeners) listener();
};

export const keepSession = (tokens: Tokens): Session => {
  const session: Session = {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    expiresAt: Date.now() + tokens.expires_in * 1000,
    email: tokens.user.email,
  };
  localStorage.setItem(storageKey, JSON.stringify(session));
  changed();
  return session;
};

export const forgetSession = (): void => {
  localStorage.removeItem(storageKey);
  changed();
};

/** Renewed this long before the end, so that a request under way does not outlive its token. */
const renewBeforeMs = 60_000;

const renew = async (): Promise<Session | undefined> => {
  const session = currentSession();
  if (session === undefined || session.expiresAt - Date.now() > renewBeforeMs) return session;
  const response = await fetch(refreshEndpoint.path, {
    method: refreshEndpoint.method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ refresh_token: session.refreshToken }),
  });
  if (response.status === 401) {
    forgetSession();
    return undefined;
  }
  // Any other failure is passing: the old token is tried, and its answer says what is wrong.
  return response.ok ? keepSession(Tokens.parse(await response.json())) : session;
};

/**
 * A token that is valid for the next minute. One tab renews at a time: a refresh token may be used once, and tabs that
 * race would look like a thief.
 */
export const accessToken = async (): Promise<string | undefined> => {
  const session = currentSession();
  if (session === undefined) return undefined;
  if (session.expiresAt - Date.now() > renewBeforeMs) return session.accessToken;
  const renewed = await navigator.locks.request(storageKey, renew);
  return renewed?.accessToken;
};
