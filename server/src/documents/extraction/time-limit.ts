const longestMs = 300_000;
const msPerPage = 50;

/** How long a document of so many pages may take; the child stops by itself a little earlier, with what it has. */
export const timeLimitMs = (baseMs: number, pageCount: number): number =>
  Math.max(baseMs, Math.min(longestMs, baseMs + pageCount * msPerPage));
