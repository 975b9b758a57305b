import type { Bounds, Page } from "./child-messages.ts";
import { cleanText, cutText } from "./clean-text.ts";
import { measureText } from "./text-quality.ts";
import { timeLimitMs } from "./time-limit.ts";

/** Gathers pages up to the bounds of text and time. */
export interface PageCollector {
  readonly pages: Page[];
  readonly truncated: boolean;
  /** False when nothing more is wanted. */
  add(rawText: string): boolean;
}

/** The share of its time after which a reader stops by itself: half a text is worth more than none. */
const willingShare = 0.8;

export const collectPages = ({ textBytes, baseMs }: Bounds, pageCount: number): PageCollector => {
  const pages: Page[] = [];
  const stopAt = performance.now() + timeLimitMs(baseMs, pageCount) * willingShare;
  let bytesLeft = textBytes;
  let truncated = false;
  return {
    pages,
    get truncated() {
      return truncated;
    },
    add(rawText) {
      let text = cleanText(rawText);
      const bytes = Buffer.byteLength(text);
      if (bytes > bytesLeft) {
        // A code unit takes three bytes at most, so that this much surely fits.
        text = cutText(text, Math.floor(bytesLeft / 3));
        truncated = true;
      }
      bytesLeft -= bytes;
      pages.push({ text, ...measureText(truncated ? text : rawText) });
      if (performance.now() > stopAt) truncated = true;
      return !truncated;
    },
  };
};
