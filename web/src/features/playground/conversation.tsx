import { clsx } from "clsx";
import { useEffect, useLayoutEffect, useRef } from "react";
import { count } from "../../ui/format.ts";
import { AnswerView } from "./answer-view.tsx";
import { isBusy, type PlaygroundState, type Turn } from "./playground-state.ts";

interface ConversationProps {
  state: PlaygroundState;
  onAgain(lane: number): void;
}

const Prompt = ({ turn: { prompt, pictures, lostPictures } }: { turn: Turn }) => (
  <div className="ml-auto max-w-[85%] rounded-lg bg-accent-soft px-3 py-2">
    <span className="sr-only">You asked:</span>
    {prompt !== "" && <p className="break-words whitespace-pre-wrap">{prompt}</p>}
    {pictures.length > 0 && (
      <div className="mt-2 flex flex-wrap gap-2">
        {pictures.map(({ name, dataUrl }) => (
          <img key={dataUrl} src={dataUrl} alt={name} className="max-h-32 rounded-md border border-line" />
        ))}
      </div>
    )}
    {lostPictures > 0 && (
      <p className="mt-1 text-xs text-soft">
        {count(lostPictures)} {lostPictures === 1 ? "picture was" : "pictures were"} not kept over the reload.
      </p>
    )}
  </div>
);

const NotAsked = () => (
  <p className="self-start rounded-lg border border-dashed border-line p-3 text-xs text-faint">
    This model was not asked: it knows nothing of this turn.
  </p>
);

/** Scrolls the page's own part alone; scrollIntoView would also move the frame around it. What is written lies above. */
const bringIntoView = (end: HTMLElement | null): void => {
  const scroller = end?.closest("main");
  if (end === null || scroller === null || scroller === undefined) return;
  const composer = scroller.querySelector("form")?.offsetHeight ?? 0;
  const beyond = end.getBoundingClientRect().bottom + composer + 40 - scroller.getBoundingClientRect().bottom;
  if (beyond > 0) scroller.scrollBy(0, beyond);
};

/**
 * Keeps the end of a growing conversation in view, unless the person has scrolled away from it. A new turn always comes
 * into view.
 */
const useEndInView = (turns: readonly Turn[]) => {
  const end = useRef<HTMLDivElement>(null);
  const isInView = useRef(false);
  const count = useRef(turns.length);
  useEffect(() => {
    if (end.current === null) return undefined;
    const observer = new IntersectionObserver(([entry]) => {
      isInView.current = entry?.isIntersecting === true;
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, []);
  // Before the browser draws, and so before the observer hears that the end went out of view.
  useLayoutEffect(() => {
    if (turns.length > count.current || isInView.current) bringIntoView(end.current);
    count.current = turns.length;
  }, [turns]);
  return end;
};

/** All turns, each with the answers beside each other. */
export const Conversation = ({ state, onAgain }: ConversationProps) => {
  const { turns, lanes } = state;
  const end = useEndInView(turns);
  const busy = isBusy(state);
  return (
    <div className="flex flex-col gap-4" role="log" aria-label="Conversation" aria-live="off">
      {turns.map((turn, index) => (
        <section key={turn.id} aria-label={`Turn ${index + 1}`} className="flex flex-col gap-3">
          <Prompt turn={turn} />
          <div className={clsx("grid gap-3", lanes.length > 1 && "md:grid-cols-2")}>
            {lanes.map((_, lane) => {
              const answer = turn.answers[lane] ?? null;
              const isLast = index === turns.length - 1;
              return answer === null ? (
                // oxlint-disable-next-line react/no-array-index-key -- a lane is its place
                <NotAsked key={lane} />
              ) : (
                <AnswerView
                  // oxlint-disable-next-line react/no-array-index-key -- a lane is its place
                  key={lane}
                  answer={answer}
                  onAgain={isLast && !busy ? () => onAgain(lane) : undefined}
                />
              );
            })}
          </div>
        </section>
      ))}
      <div ref={end} />
    </div>
  );
};
