/** Letters that carry their accent inside, so that no decomposition takes it off. */
const plainLetters: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ħ: "h",
  ı: "i",
  ŋ: "n",
  ς: "σ",
  ё: "е",
};
const plainLetter = new RegExp(`[${Object.keys(plainLetters).join("")}]`, "gu");

/** Characters that are not seen: soft hyphens, joiners, byte order marks, the Arabic stretcher. */
const unseen = /[\u00ad\u0640\u200b-\u200f\u2060\ufeff]/gu;
/**
 * Accents that a person may leave out when typing. In other scripts marks are letters of their own: Hindi without its
 * vowel signs is not Hindi, and и is not й.
 */
const latinAccents = /(?<=[\p{Script=Latin}\p{Script=Greek}])[\u0300-\u036f]+/gu;
const pointsOfHebrewAndArabic = /[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/gu;
const onlyAscii = /^[\0-\x7f]*$/;

/**
 * A text as it is compared: one form of each character, small letters, no accents. `Überweisung` and `uberweisung` are
 * one, as are `ﬁnance` and `finance`, `ＡＢＣ` and `abc`.
 */
export function foldText(text: string): string {
  const lower = text.toLowerCase();
  if (onlyAscii.test(lower)) return lower;
  return lower
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(unseen, "")
    .normalize("NFD")
    .replaceAll(latinAccents, "")
    .replaceAll(pointsOfHebrewAndArabic, "")
    .normalize("NFC")
    .replaceAll(plainLetter, (letter) => plainLetters[letter] ?? letter);
}
