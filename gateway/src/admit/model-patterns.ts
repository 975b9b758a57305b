/**
 * Patterns of model names: a name, or a beginning followed by `*`, which stands for anything. So the names that two
 * patterns have in common are always those of one of the two, or none.
 */

/** Whether `pattern` takes in every name that `other` (a name or a pattern) takes in. */
const covers = (pattern: string, other: string): boolean =>
  pattern.endsWith("*") ? other.startsWith(pattern.slice(0, -1)) : other === pattern;

/** Whether one of the patterns takes in the name; null takes in everything. */
export const isModelAllowed = (patterns: readonly string[] | null, model: string): boolean =>
  patterns === null || patterns.some((pattern) => covers(pattern, model));

/** Whether `inner` takes in no name that `outer` does not. */
export const isWithin = (inner: readonly string[], outer: readonly string[] | null): boolean =>
  inner.every((pattern) => isModelAllowed(outer, pattern));

/** What both take in; null is everything, an empty list nothing. */
export const commonModels = (
  first: readonly string[] | null,
  second: readonly string[] | null,
): readonly string[] | null => {
  if (first === null) return second;
  if (second === null) return first;
  const narrower = [
    ...first.filter((pattern) => isModelAllowed(second, pattern)),
    ...second.filter((pattern) => isModelAllowed(first, pattern)),
  ];
  return [...new Set(narrower)];
};
