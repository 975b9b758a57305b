import { cutToTokens, estimateTokens } from "./token-estimate.ts";

/** Of what is shown of a long text, this share is its beginning; the rest are samples from all over it. */
const headShare = 0.6;
const samples = 4;
const gap = "\n[…]\n";
/** Below it samples would be too short to say anything. */
const leastTokensForSamples = 400;
const charactersPerToken = 4;
/** No context takes more characters than this a token; what lies beyond is not even looked at. */
const mostCharactersPerToken = 8;

/** To the next word, so that no sample begins within one. */
function fromWord(text: string, start: number): number {
  const space = text.slice(start, start + 40).search(/\s/u);
  return space < 0 ? start : start + space + 1;
}

/** A text within a number of tokens: whole, or its beginning and samples of what follows. */
export function excerptOf(text: string, maxTokens: number): string {
  const plain = text.toWellFormed();
  if (plain.length <= maxTokens * mostCharactersPerToken && estimateTokens(plain) <= maxTokens) return plain;
  if (maxTokens < leastTokensForSamples) return cutToTokens(plain, maxTokens);
  const head = cutToTokens(plain, Math.floor(maxTokens * headShare));
  const sampleTokens = Math.floor((maxTokens * (1 - headShare)) / samples) - estimateTokens(gap);
  const rest = plain.length - head.length;
  const width = Math.min(sampleTokens * charactersPerToken, Math.floor(rest / samples));
  const pieces = Array.from({ length: samples }, (_, index) => {
    // Each is the end of its part of the text, so that the last is where a text draws its conclusions.
    const end = head.length + Math.floor((rest * (index + 1)) / samples);
    return cutToTokens(plain.slice(fromWord(plain, end - width), end), sampleTokens);
  });
  return [head, ...pieces.map((piece) => piece.toWellFormed().trim())].filter((piece) => piece !== "").join(gap);
}
