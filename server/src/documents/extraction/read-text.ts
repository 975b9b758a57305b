import type { ReadDocument } from "./child-messages.ts";
import type { EngineOutcome, ReadingEngines } from "./engines.ts";
import { isGarbled, isReadable, sumQuality } from "./text-quality.ts";

const passesGate = ({ pages }: ReadDocument): boolean => isReadable(sumQuality(pages), pages.length);

/** Words that can be made out. */
const worth = ({ pages }: ReadDocument): number => {
  const quality = sumQuality(pages);
  return isGarbled(quality) ? 0 : quality.words;
};

/** A page that the first engine could not open may be readable for another; what only a password opens is not. */
const mayHelpAgain = (outcome: EngineOutcome): boolean =>
  outcome.ok ? !passesGate(outcome.document) : outcome.code !== "password";

/** What the first engine knows about the file still holds when the text of another is taken. */
const withTextOf = (first: ReadDocument, other: ReadDocument): ReadDocument => ({
  ...first,
  pages: other.pages,
  truncated: other.truncated || other.pages.length < first.pageCount,
});

/** Of two failures the first engine's is told, unless all that it knows is that it crashed. */
const failureOf = (first: EngineOutcome & { ok: false }, again: EngineOutcome & { ok: false }): EngineOutcome => ({
  ...(first.code === "internal" ? again : first),
  detail: `${first.detail} ${again.detail}`,
});

/** Reads a document with one engine, and once more with another where the first fails or finds no readable text. */
export const readText = async (engines: ReadingEngines, path: string, signal: AbortSignal): Promise<EngineOutcome> => {
  const first = await engines.readFirst(path, signal);
  if (!mayHelpAgain(first)) return first;
  const again = await engines.readAgain(path, signal);
  if (!first.ok && !again.ok) return failureOf(first, again);
  // What the first engine could not open cannot be recognised either: it is the one that draws the pages.
  if (!first.ok) return again.ok && worth(again.document) > 0 ? again : first;
  if (!again.ok || worth(again.document) <= worth(first.document)) return first;
  return { ...again, document: withTextOf(first.document, again.document) };
};
