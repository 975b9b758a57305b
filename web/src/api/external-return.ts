import { currentSession, renewSession } from "./session.ts";

const storageKey = "llm-tuner.at-provider";

/** Remembers, for this tab, that the person has left for a provider's sign-in and will come back with cookies. */
export const awaitReturn = (): void => sessionStorage.setItem(storageKey, "yes");

/** Takes up the session with which the person came back from a provider, if they did. */
export const takeUpReturn = async (): Promise<void> => {
  if (sessionStorage.getItem(storageKey) === null) return;
  sessionStorage.removeItem(storageKey);
  const before = currentSession();
  // Not signed in there, or the platform is away: the page shows itself as it would have without.
  await renewSession(before).catch(() => false);
};
