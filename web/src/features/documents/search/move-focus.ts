import type { KeyboardEvent } from "react";

const steps: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

const isText = (target: EventTarget): boolean => target instanceof HTMLInputElement;

/** Arrows, and j and k outside of fields, go from the search field through the hits (`data-hit`) and back. */
export const moveFocus = (event: KeyboardEvent<HTMLElement>): void => {
  const step = steps[event.key];
  const isTyping = isText(event.target) && event.key.length === 1;
  if (step === undefined || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>("input[type=search], a[data-hit]")];
  const present = stops.findIndex((stop) => stop === document.activeElement);
  const next = stops[present + step];
  if (present === -1 || next === undefined) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
};
