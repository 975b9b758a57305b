import type { DetectedLanguage } from "../language/detect-language.ts";
import { detectLanguage } from "../language/detect-language.ts";
import { chooseOcrLanguages, type OcrLanguage } from "../ocr/ocr-languages.ts";
import type { Recogniser } from "../ocr/recogniser.ts";
import type { Page } from "./child-messages.ts";
import { cleanText } from "./clean-text.ts";
import type { ReadingEngines } from "./engines.ts";
import { measureText } from "./text-quality.ts";

/** Enough for letters of ten points, and a third fewer pixels to look at than at 300. */
const dotsPerInch = 200;
const sureEnough = 0.6;
/**
 * Of the recogniser's confidence. Text of a page that lies on its side is taken for letters with up to 70; once a page
 * has shown how the document lies, only a page that is hardly legible is turned again. Below the last it is a picture.
 */
const surelyUpright = 80;
const hardlyLegible = 50;
const perhapsText = 40;
/** Each model more costs time and memory on every page that is read with all of them. */
const mostLanguages = 6;

/** Each lost page may have taken all of its time; a document that loses so many is not worth more. */
const mostLost = 3;

export interface RecogniseOptions {
  path: string;
  /** Which pages, from 0. */
  indexes: readonly number[];
  languages: readonly string[];
  /** Nothing is recognised when one of them is not installed; otherwise one that is has to do. */
  needsAllLanguages: boolean;
  /** Readable text of other pages; empty where there is none. */
  knownText: string;
  maxPages: number;
  /** After this no page is begun, in no other position either. */
  maxMs: number;
}

export type RecogniseOutcome =
  | { ok: true; pages: Map<number, Page>; truncated: boolean }
  /** No page could be recognised; `detail` is for people. */
  | { ok: false; message: string; lost: boolean };

const missingMessage = (missing: readonly string[], installed: readonly OcrLanguage[]): string =>
  `Text recognition for ${missing.join(", ")} is not installed here; there is ${installed.map(({ code }) => code).join(", ") || "none"}. ` +
  "Choose one of these, or ask who runs this platform to install the language.";

const installedOnly = (language: DetectedLanguage | null, installed: readonly OcrLanguage[]): OcrLanguage[] =>
  language === null || language.confidence < sureEnough ? [] : chooseOcrLanguages(installed, [language.code]).chosen;

interface Parts {
  engines: ReadingEngines;
  recogniser: Recogniser;
}
interface PageReading {
  text: string;
  confidence: number;
  quarterTurns: number;
}

/** One page in one position; undefined where it could not be drawn or read. */
const readImage = async (
  { engines, recogniser }: Parts,
  { path, page, quarterTurns, models }: { path: string; page: number; quarterTurns: number; models: string[] },
  signal: AbortSignal,
): Promise<PageReading | undefined> => {
  const rendered = await engines.render({ path, page, scale: { dotsPerInch }, format: "pgm", quarterTurns }, signal);
  if (!rendered.ok) return undefined;
  const outcome = await recogniser.recognise({ image: rendered.image, dotsPerInch, models }, { signal });
  return "died" in outcome ? undefined : { ...outcome.result, quarterTurns };
};

/** A page that makes no sense as it lies is read again on its other sides; the one that makes most sense counts. */
const readTurned = async (
  parts: Parts,
  {
    firstTurns,
    enough,
    isOver,
    ...place
  }: { path: string; page: number; firstTurns: number; enough: number; models: string[]; isOver: () => boolean },
  signal: AbortSignal,
): Promise<PageReading | undefined> => {
  let best: PageReading | undefined;
  for (let more = 0; more < 4; more += 1) {
    const reading = await readImage(parts, { ...place, quarterTurns: (firstTurns + more) % 4 }, signal);
    // What could not be read in one position will not be in another either.
    if (!reading) return best;
    if (!best || reading.confidence > best.confidence) best = reading;
    if (best.confidence >= enough || reading.text.trim() === "" || isOver()) break;
  }
  return best;
};

/** Recognises the text of pages that are images, one after another. */
export const recognisePages = async (
  parts: Parts,
  { path, indexes, languages: asked, needsAllLanguages, knownText, maxPages, maxMs }: RecogniseOptions,
  signal: AbortSignal,
): Promise<RecogniseOutcome> => {
  const startedMs = performance.now();
  const isOver = (): boolean => performance.now() - startedMs > maxMs;
  const installed = await parts.recogniser.languages();
  const { chosen, missing } = chooseOcrLanguages(installed, asked);
  const tooFew = asked.length > 0 && (chosen.length === 0 || (needsAllLanguages && missing.length > 0));
  if (installed.length === 0 || tooFew) return { ok: false, message: missingMessage(missing, installed), lost: false };

  let languages = asked.length > 0 ? chosen : installedOnly(await detectLanguage(knownText), installed);
  let lost = 0;
  let firstTurns = 0;
  let isUprightKnown = false;
  const pages = new Map<number, Page>();
  const wanted = indexes.slice(0, maxPages);
  for (const page of wanted) {
    if (pages.size + lost > 0 && isOver()) break;
    const tried = languages.length > 0 ? languages : installed.slice(0, mostLanguages);
    const models = tried.map(({ model }) => model);
    const enough = isUprightKnown ? hardlyLegible : surelyUpright;
    const reading = await readTurned(parts, { path, page, firstTurns, enough, models, isOver }, signal);
    if (!reading) lost += 1;
    if (lost >= mostLost) break;
    if (!reading) continue;
    const isText = reading.confidence >= perhapsText;
    const text = isText ? cleanText(reading.text) : "";
    pages.set(page, { text, ...measureText(text) });
    // Pages are mostly scanned all the same way, and in one language: its model alone is faster, and more often right.
    if (isText) firstTurns = reading.quarterTurns;
    isUprightKnown ||= isText;
    if (languages.length === 0) languages = installedOnly(await detectLanguage(text), installed);
  }
  if (pages.size === 0 && wanted.length > 0)
    return { ok: false, message: "The text of the pages could not be recognised. Try it again.", lost: true };
  return { ok: true, pages, truncated: pages.size < indexes.length };
};
