const ligatures: Readonly<Record<string, string>> = {
  "\uFB00": "ff",
  "\uFB01": "fi",
  "\uFB02": "fl",
  "\uFB03": "ffi",
  "\uFB04": "ffl",
  "\uFB05": "st",
  "\uFB06": "st",
};
const isPlain = /^[\n\x20-\x7E]*$/;
// Controls other than tab and newline (PostgreSQL refuses NUL), what is no character at all, and hyphens that do not show.
const unwanted = /(?![\t\n])[\p{Control}\u00AD\uFEFF\uFFFE\uFFFF]/gu;

const tidyLines = (text: string): string =>
  text
    .replace(/[ \t]+\n/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();

/**
 * A text fit to be kept and searched: in composed form (NFC), with plain newlines, letters in the place of their
 * ligatures, and nothing in it that the database refuses, which are NUL and lone surrogates.
 */
export const cleanText = (raw: string): string => {
  const text = raw.replace(/\r\n?|[\f\v\u0085\u2028\u2029]/g, "\n");
  if (isPlain.test(text)) return tidyLines(text);
  return tidyLines(
    text
      .toWellFormed()
      .replace(unwanted, "")
      .replace(/[\uFB00-\uFB06]/g, (ligature) => ligatures[ligature] ?? ligature)
      .normalize("NFC"),
  );
};

/** Cut at so many UTF-16 code units, and never within a character. */
export const cutText = (text: string, most: number): string =>
  text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "");
