/** Nothing waits longer at a time, unless an operator wants it to. */
export const longestWaitMs = 900_000;

const retryGrowth = 4;
const firstProviderPauseMs = 2000;
/** A provider that does not say when is asked again after this long at the latest. */
const longestGuessMs = 300_000;
/** Of the pause, at most, in addition: what stopped together does not come back together. */
const spread = 0.25;

type Random = () => number;

const spreadOut = (ms: number, random: Random): number => Math.round(ms * (1 + spread * random()));

/** The pause after a document has failed so many times. */
export function retryPauseMs(
  tries: number,
  { retrySeconds }: { retrySeconds: number },
  random: Random = Math.random,
): number {
  const firstMs = retrySeconds * 1000;
  const mostMs = Math.max(firstMs, longestWaitMs);
  return spreadOut(Math.min(mostMs, firstMs * retryGrowth ** Math.max(0, tries - 1)), random);
}

/** The pause of a job for a provider that is busy, after so many pauses with no answer in between. */
export function providerPauseMs(
  before: number,
  retryAfterSeconds: number | null,
  random: Random = Math.random,
): number {
  const guessMs = Math.min(longestGuessMs, firstProviderPauseMs * 2 ** before);
  return Math.min(longestWaitMs, spreadOut(Math.max(guessMs, (retryAfterSeconds ?? 0) * 1000), random));
}
