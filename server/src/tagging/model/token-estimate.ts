/**
 * Tokens of a text, by the rule of thumb of four characters each; scripts that tokenizers know less well take more, up to
 * one for each sign of Chinese.
 */
export function estimateTokens(text: string): number {
  let quarters = 0;
  for (const character of text) quarters += quartersOf(character);
  return Math.ceil(quarters / 4);
}

function quartersOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x250) return 1;
  return code < 0x2e80 ? 2 : 4;
}

/** The beginning of a text that is at most so many tokens long, by the same rule. */
export function cutToTokens(text: string, maxTokens: number): string {
  let quarters = maxTokens * 4;
  let end = 0;
  for (const character of text) {
    quarters -= quartersOf(character);
    if (quarters < 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}
