import { SignedIn, refresh, sessionModeHeader } from "@llm-tuner/contract/accounts.ts";
import { markerOf, needsRenewal, parseMarker, type SessionMarker } from "./session-marker.ts";

const storageKey = "llm-tuner.signed-in";

// Former versions kept the tokens themselves here, where every script could read them.
localStorage.removeItem("llm-tuner.session");

type Listener = () => void;
const listeners = new Set<Listener>();
let cachedText: string | null = null;
let cached: SessionMarker | undefined;

/** Who is signed in on this browser, shared by its tabs; the same object until it changes. */
export const currentSession = (): SessionMarker | undefined => {
  const text = localStorage.getItem(storageKey);
  if (text !== cachedText) {
    cachedText = text;
    cached = text === null ? undefined : parseMarker(text);
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

export const keepSession = (signedIn: SignedIn): void => {
  localStorage.setItem(storageKey, JSON.stringify(markerOf(signedIn)));
  changed();
};

export const forgetSession = (): void => {
  localStorage.removeItem(storageKey);
  changed();
};

/** Asks for cookies, and proves to the platform that a script of its own pages calls. */
export const sessionHeaders = { [sessionModeHeader.name]: sessionModeHeader.cookie } as const;

const exchange = async (): Promise<boolean> => {
  const response = await fetch(refresh.path, {
    method: refresh.method,
    headers: { ...sessionHeaders, "content-type": "application/json" },
    credentials: "same-origin",
    body: "{}",
  });
  if (response.status === 401) forgetSession();
  // Any other failure is passing: the present cookie is tried, and its answer says what is wrong.
  if (!response.ok) return false;
  keepSession(SignedIn.parse(await response.json()));
  return true;
};

/** Absent where the page is neither https nor on this machine; the refresh token's grace bears a race then. */
const locks: LockManager | undefined = navigator.locks;

/**
 * Exchanges the refresh cookie for a new pair. One tab renews at a time: a refresh token may be used once, and tabs
 * that race would look like a thief. `stale` is the session that turned out not to hold; without it, cookies that were
 * set while no script looked (after a redirect, or by a popup) are taken up.
 */
export const renewSession = (stale: SessionMarker | undefined): Promise<boolean> => {
  const renew = async (): Promise<boolean> => {
    const present = currentSession();
    const isSettled = stale !== undefined && present?.expiresAt !== stale.expiresAt;
    return isSettled ? present !== undefined : exchange();
  };
  return locks === undefined ? renew() : locks.request(storageKey, renew);
};

/** Resolves when the session, if there is one, holds for the next minute. */
export const freshSession = async (): Promise<void> => {
  const session = currentSession();
  if (session !== undefined && needsRenewal(session)) await renewSession(session);
};
