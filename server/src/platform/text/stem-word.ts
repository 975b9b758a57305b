import snowball from "snowball-stemmers";

const algorithms: Readonly<Record<string, string>> = {
  ar: "arabic",
  ca: "catalan",
  cs: "czech",
  da: "danish",
  de: "german",
  en: "english",
  es: "spanish",
  eu: "basque",
  fi: "finnish",
  fr: "french",
  ga: "irish",
  hu: "hungarian",
  hy: "armenian",
  it: "italian",
  nb: "norwegian",
  nl: "dutch",
  nn: "norwegian",
  no: "norwegian",
  pt: "portuguese",
  ro: "romanian",
  ru: "russian",
  sl: "slovene",
  sv: "swedish",
  ta: "tamil",
  tr: "turkish",
};

/** Codes of the languages whose rules are known, one for each set of rules. */
export const stemmedLanguages: readonly string[] = Object.keys(algorithms).filter(
  (code, index, codes) => codes.findIndex((other) => algorithms[other] === algorithms[code]) === index,
);

/** Most words are met again and again; what is rare is worked out anew. */
const keptWords = 20_000;

function createStemmer(algorithm: string): (word: string) => string {
  const stemmer = snowball.newStemmer(algorithm);
  let kept = new Map<string, string>();
  return (word) => {
    const known = kept.get(word);
    if (known !== undefined) return known;
    if (kept.size >= keptWords) kept = new Map();
    const stem = stemmer.stem(word);
    kept.set(word, stem);
    return stem;
  };
}

const stemmers = new Map<string, (word: string) => string>();

/** The stem of a folded word by the rules of a language (ISO 639); the word itself where no rules are known. */
export function stemWord(word: string, language: string | null): string {
  const algorithm = algorithms[language ?? ""];
  if (algorithm === undefined) return word;
  let stem = stemmers.get(algorithm);
  if (stem === undefined) {
    stem = createStemmer(algorithm);
    stemmers.set(algorithm, stem);
  }
  return stem(word);
}
