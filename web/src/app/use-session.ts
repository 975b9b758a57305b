import { useSyncExternalStore } from "react";
import { currentSession, onSessionChange } from "../api/session.ts";

/** The session of this browser; re-renders when it changes here or in another tab. */
export const useSession = () => useSyncExternalStore(onSessionChange, currentSession);
