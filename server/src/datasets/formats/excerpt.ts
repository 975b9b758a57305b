const maxLength = 160;

/** Offending text as an error may show it: one line, at most 160 characters. */
export function excerptOf(text: string): string {
  // Cut before cleaning: the text may be a megabyte long.
  const plain = text
    .slice(0, maxLength * 2)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .trim();
  return plain.length <= maxLength ? plain : `${cutAt(plain, maxLength - 1)}…`;
}

/** The first `length` UTF-16 units, one fewer where that would halve a character. */
export function cutAt(text: string, length: number): string {
  if (text.length <= length) return text;
  const unit = text.charCodeAt(length - 1);
  const isHighSurrogate = unit >= 0xd800 && unit <= 0xdbff;
  return text.slice(0, isHighSurrogate ? length - 1 : length);
}

/** Text that any database and tokenizer takes: halves of characters and NUL, which JSON can spell, become �. */
export const cleanText = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD");
