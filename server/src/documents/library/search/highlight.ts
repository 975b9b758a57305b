import type { Highlight } from "@llm-tuner/contract/documents.ts";
import type { Mark } from "./find-marks.ts";

export const maxSnippets = 3;
export const snippetCharacters = 240;
const charactersBefore = 50;
/** How far a snippet is moved so that it begins and ends between words. */
const maxMoved = 25;

const isSpace = (text: string, at: number): boolean => /\s/.test(text.charAt(at));
const isSecondHalf = (text: string, at: number): boolean => /[\udc00-\udfff]/.test(text.charAt(at));

/** The beginning of a word at or behind a place, where one is near. */
function beginAt(text: string, place: number): number {
  if (place <= 0) return 0;
  for (let at = place; at < place + maxMoved; at += 1) if (isSpace(text, at - 1) && !isSpace(text, at)) return at;
  return isSecondHalf(text, place) ? place + 1 : place;
}

function endAt(text: string, place: number): number {
  if (place >= text.length) return text.length;
  for (let at = place; at > place - maxMoved; at -= 1) if (isSpace(text, at) && !isSpace(text, at - 1)) return at;
  return isSecondHalf(text, place) ? place - 1 : place;
}

/** Overlapping marks become one. */
function joined(marks: readonly Mark[]): { start: number; end: number }[] {
  const all: { start: number; end: number }[] = [];
  for (const { start, end } of marks) {
    const last = all.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else all.push({ start, end });
  }
  return all;
}

function cut(text: string, marks: readonly Mark[], start: number, end: number): Highlight {
  const inside = joined(marks).filter((mark) => mark.start >= start && mark.end <= end);
  return {
    // One for one, so that the offsets stay: a snippet is shown as a line.
    text: text.slice(start, end).replaceAll(/[\s\p{Cc}]/gu, " "),
    marks: inside.map((mark) => ({ start: mark.start - start, end: mark.end - start })),
  };
}

export const highlightAll = (text: string, marks: readonly Mark[]): Highlight => cut(text, marks, 0, text.length);

interface Window {
  start: number;
  end: number;
  terms: number;
}

function windowFrom(text: string, marks: readonly Mark[], first: number): Window {
  const place = marks[first]?.start ?? 0;
  const start = Math.min(beginAt(text, place - charactersBefore), place);
  const end = Math.max(endAt(text, start + snippetCharacters), marks[first]?.end ?? 0);
  const terms = new Set<number>();
  for (let index = first; index < marks.length; index += 1) {
    const mark = marks[index];
    if (mark === undefined || mark.end > end) break;
    terms.add(mark.term);
  }
  return { start, end, terms: terms.size };
}

/** The pieces of a text that hold most of the terms, in their order; its beginning where it holds none. */
export function snippetsOf(text: string, marks: readonly Mark[]): Highlight[] {
  if (text.trim() === "") return [];
  if (marks.length === 0) return [cut(text, [], 0, endAt(text, snippetCharacters))];
  const windows = marks.map((_, first) => windowFrom(text, marks, first)).toSorted((a, b) => b.terms - a.terms);
  const chosen: Window[] = [];
  for (const window of windows) {
    if (chosen.length === maxSnippets) break;
    if (chosen.every(({ start, end }) => window.end <= start || window.start >= end)) chosen.push(window);
  }
  return chosen.toSorted((a, b) => a.start - b.start).map(({ start, end }) => cut(text, marks, start, end));
}
