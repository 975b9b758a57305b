/** The provider of the platform's own models: `tuned/gpt2` reaches them past every other name. */
export const tunedProvider = "tuned";

/** `word/model`, split at the first slash; undefined when no word stands before one. */
export function splitName(name: string): { word: string; model: string } | undefined {
  const slash = name.indexOf("/");
  return slash < 1 ? undefined : { word: name.slice(0, slash), model: name.slice(slash + 1) };
}
