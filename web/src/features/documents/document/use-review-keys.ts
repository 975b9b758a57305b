import { useEffect, useEffectEvent } from "react";

/** What each key does on the page of a document. */
export interface ReviewKeys {
  j(): void;
  k(): void;
  a(): void;
  r(): void;
  e(): void;
  A(): void;
  n(): void;
  p(): void;
  "?"(): void;
}

const arrows: Readonly<Record<string, string>> = { ArrowDown: "j", ArrowUp: "k" };

/** Keys that are typed into a field, or held with another key for the browser, are not ours. */
const isForPage = ({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean =>
  !(ctrlKey || metaKey || altKey) &&
  !(target instanceof HTMLElement && target.closest("input, textarea, select, [role=dialog], [role=menu]") !== null);

/** Calls what stands for a pressed key while the page is shown. */
export const useReviewKeys = (keys: ReviewKeys): void => {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const name = arrows[event.key] ?? event.key;
    if (!isForPage(event) || !Object.hasOwn(keys, name)) return;
    event.preventDefault();
    // `name` is one of the keys, as was just seen.
    keys[name as keyof ReviewKeys]();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKey(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
};
