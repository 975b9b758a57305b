import { z } from "zod";
import { PlaygroundState, type Answer, type Turn } from "./playground-state.ts";

const storageKey = "llm-tuner.playground";

const Kept = z.object({ email: z.string(), state: PlaygroundState });

/** Browsers keep about five million characters; pictures would fill them at once. */
const withoutPictures = (turn: Turn): Turn => ({
  ...turn,
  pictures: [],
  lostPictures: turn.lostPictures + turn.pictures.length,
  answers: turn.answers.map((answer) => answer && { ...answer, pictures: [] }),
});

/** An answer that was coming when the page was left comes no more. */
const ended = (answer: Answer | null): Answer | null =>
  answer?.status === "streaming" ? { ...answer, status: "stopped" } : answer;

type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/** Keeps the page over a reload, in this browser alone; a storage that is full or switched off keeps nothing. */
export const keepState = (storage: Storage, email: string, state: PlaygroundState): void => {
  const kept = { ...state, draftPictures: [], turns: state.turns.map(withoutPictures) };
  try {
    storage.setItem(storageKey, JSON.stringify({ email, state: kept }));
  } catch {
    // What was kept before is older than what is shown: better nothing than that.
    storage.removeItem(storageKey);
  }
};

export const forgetState = (storage: Storage): void => storage.removeItem(storageKey);

/** What this person left, or undefined; nobody sees what another person left. */
export const keptState = (storage: Storage, email: string): PlaygroundState | undefined => {
  const text = storage.getItem(storageKey);
  if (text === null) return undefined;
  try {
    const { email: owner, state } = Kept.parse(JSON.parse(text));
    if (owner !== email) return undefined;
    return { ...state, turns: state.turns.map((turn) => ({ ...turn, answers: turn.answers.map(ended) })) };
  } catch {
    // Written by another version of this page.
    return undefined;
  }
};
