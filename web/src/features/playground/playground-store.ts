import { streamChat } from "../../api/chat-stream.ts";
import { afterEvents, afterFailure } from "./answer-progress.ts";
import { lastRequest, type MayReason } from "./chat-request.ts";
import { forgetState, keepState, keptState } from "./kept-state.ts";
import {
  emptyPlayground,
  isBusy,
  newAnswer,
  withAnswer,
  withDraftSent,
  type Answer,
  type PlaygroundState,
} from "./playground-state.ts";

/** The page's state and the answers that are on their way; it outlives the page, so that going elsewhere breaks none off. */
export interface Playground {
  state(): PlaygroundState;
  subscribe(listener: () => void): () => void;
  change(change: Partial<PlaygroundState>): void;
  /** Makes the draft a turn and asks every lane; resolves when all have ended. Does nothing while an answer comes. */
  send(mayReason: MayReason): Promise<void>;
  /** Asks one lane the last turn again. */
  askAgain(lane: number, mayReason: MayReason): Promise<void>;
  stop(): void;
  clear(): void;
  /** Breaks off what is coming and writes nothing any more. */
  end(): void;
}

const writeAfterMs = 400;

export const createPlayground = (email: string, storage: Storage): Playground => {
  let state = keptState(storage, email) ?? emptyPlayground;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isEnded = false;
  let abort = new AbortController();
  const listeners = new Set<() => void>();

  const set = (next: PlaygroundState): void => {
    state = next;
    for (const listener of listeners) listener();
    if (isEnded) return;
    // An answer changes many times a second; the storage sees the last of it.
    timer ??= setTimeout(() => {
      timer = undefined;
      keepState(storage, email, state);
    }, writeAfterMs);
  };

  const ask = async (lane: number, mayReason: MayReason, signal: AbortSignal): Promise<void> => {
    const startedMs = performance.now();
    const elapsedMs = (): number => Math.round(performance.now() - startedMs);
    const turn = state.turns.at(-1)?.id;
    const update = (change: (answer: Answer) => Answer): void => {
      // The conversation was cleared meanwhile: this answer belongs to nothing any more.
      if (state.turns.at(-1)?.id !== turn || signal.aborted) return;
      set(withAnswer(state, lane, (answer) => change(answer ?? newAnswer(state.lanes[lane] ?? ""))));
    };
    try {
      const body = { ...lastRequest(state, lane, mayReason) };
      await streamChat({
        body,
        signal,
        onEvents: (events) => update((answer) => afterEvents(answer, events, elapsedMs())),
      });
      update((answer) => ({ ...answer, status: "done", totalMs: elapsedMs() }));
    } catch (error) {
      update((answer) => afterFailure(answer, error, elapsedMs()));
    }
  };

  const begin = (lanes: readonly number[], mayReason: MayReason): Promise<unknown> => {
    abort = new AbortController();
    const { signal } = abort;
    return Promise.all(lanes.map((lane) => ask(lane, mayReason, signal)));
  };

  const stop = (): void => {
    const stopped = (answer: Answer | null): Answer | null =>
      answer?.status === "streaming" ? { ...answer, status: "stopped" } : answer;
    abort.abort();
    const last = state.turns.at(-1);
    if (last === undefined || !isBusy(state)) return;
    set({ ...state, turns: [...state.turns.slice(0, -1), { ...last, answers: last.answers.map(stopped) }] });
  };

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    change: (change) => set({ ...state, ...change }),
    async send(mayReason) {
      if (isBusy(state)) return;
      set(withDraftSent(state));
      await begin(
        state.lanes.map((_, lane) => lane),
        mayReason,
      );
    },
    async askAgain(lane, mayReason) {
      if (isBusy(state)) return;
      set(withAnswer(state, lane, () => newAnswer(state.lanes[lane] ?? "")));
      await begin([lane], mayReason);
    },
    stop,
    clear() {
      stop();
      set({ ...emptyPlayground, lanes: state.lanes, settings: state.settings });
    },
    end() {
      isEnded = true;
      clearTimeout(timer);
      stop();
    },
  };
};

let present: { email: string; playground: Playground } | undefined;

/** The playground of whoever is signed in on this browser. */
export const playgroundOf = (email: string): Playground => {
  if (present?.email !== email) {
    present?.playground.end();
    present = { email, playground: createPlayground(email, localStorage) };
  }
  return present.playground;
};

/** Leaves nothing of a conversation in this browser: whoever kept it is signed in no more. */
export const forgetPlayground = (): void => {
  present?.playground.end();
  present = undefined;
  forgetState(localStorage);
};
