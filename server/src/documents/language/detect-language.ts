import type { LanguageIdentifier } from "cld3-asm";
import type { eld } from "eld/extrasmall";

export interface DetectedLanguage {
  /** ISO 639 code, of two letters where there is one. */
  code: string;
  /** From 0 to 1, as the detector that decided says. */
  confidence: number;
}

interface Detectors {
  byNgrams: typeof eld;
  byNetwork: LanguageIdentifier;
  /** The languages that the n-gram detector knows. */
  inNgrams: ReadonlySet<string>;
}

/** More letters than these say nothing new about a language. */
const mostLetters = 2000;
const leastLetters = 20;
/** Looked through for letters, so that a file without any costs no more than one with many. */
const mostCharacters = 40_000;
const bytesPerLetter = 4;

/** A character of these scripts says as much as a few letters do. */
const denseLetter = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu;
const lettersPerDenseLetter = 3;
/** Addresses are in no language. What is looked for is bounded, so that a text without spaces costs no more. */
const addresses = /(?<![a-z])[a-z]{2,10}:\/\/[!-~]+|(?<![\w.%+-])[\w.%+-]{1,64}@[\w.-]+/giu;
const notLetters = /[^\p{L}\p{M}'’]+/gu;

/** Codes of the network detector that are older or narrower than those in use. */
const currentCodes: Readonly<Record<string, string>> = { iw: "he", fil: "tl" };

let detectors: Promise<Detectors> | undefined;

/**
 * The smallest of eld's four databases: on texts of eight sentences in 75 languages the large one is right in 0.1 % more,
 * and takes 420 MB of memory where this takes 90.
 */
async function loadDetectors(): Promise<Detectors> {
  const [{ eld: byNgrams }, { loadModule }] = await Promise.all([import("eld/extrasmall"), import("cld3-asm")]);
  const factory = await loadModule();
  return {
    byNgrams,
    byNetwork: factory.create(0, mostLetters * bytesPerLetter),
    inNgrams: new Set(Object.values(byNgrams.info().Languages)),
  };
}

/** The first letters of a text, words apart by one blank. */
function firstLetters(text: string): string {
  const words = text
    .slice(0, mostCharacters)
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(addresses, " ")
    .replaceAll(notLetters, " ")
    .trim();
  return words.slice(0, mostLetters).toWellFormed();
}

function isTooShort(letters: string): boolean {
  const dense = letters.match(denseLetter)?.length ?? 0;
  return letters.length + dense * (lettersPerDenseLetter - 1) < leastLetters;
}

/** `zh-Latn` is Chinese all the same; `und` is no language. */
function codeOf(language: string): string | undefined {
  const [code = ""] = language.split("-");
  return code === "und" ? undefined : (currentCodes[code] ?? code);
}

/**
 * The n-gram detector is the better one for the 60 languages that it knows, the network knows 40 more. So the network
 * is believed when it names one of those, unless it doubts and the other does not. Where both doubt and differ, hardly
 * any answer is right: the text is in a language that neither knows, or in none.
 */
function combine({ byNgrams, byNetwork, inNgrams }: Detectors, letters: string): DetectedLanguage | null {
  const ngrams = byNgrams.detect(letters);
  const network = byNetwork.findLanguage(letters);
  const networkCode = codeOf(network.language);
  if (networkCode !== undefined && networkCode === ngrams.language)
    return { code: networkCode, confidence: network.probability };
  const isNgramsSure = ngrams.isReliable();
  if (!isNgramsSure && !network.is_reliable) return null;
  const isOnlyInNetwork = networkCode !== undefined && !inNgrams.has(networkCode);
  if (isOnlyInNetwork && (network.is_reliable || !isNgramsSure))
    return { code: networkCode, confidence: network.probability };
  if (ngrams.language === "") return null;
  return { code: ngrams.language, confidence: ngrams.getScores()[ngrams.language] ?? 0 };
}

/** The language that a text begins in; null where there is too little of it, or where it is in none that is known. */
export async function detectLanguage(text: string): Promise<DetectedLanguage | null> {
  const letters = firstLetters(text);
  if (isTooShort(letters)) return null;
  detectors ??= loadDetectors();
  return combine(await detectors, letters);
}
