/** The database keeps no NUL in a text, and no text that is not Unicode. */
export type Unstorable = "a NUL character (U+0000)" | "half of a surrogate pair";

/** What a text holds that the database does not keep, if anything. */
export const unstorableIn = (text: string): Unstorable | undefined => {
  if (text.includes("\0")) return "a NUL character (U+0000)";
  return text.isWellFormed() ? undefined : "half of a surrogate pair";
};

/** A text as the database keeps it: U+FFFD, which stands for what cannot be shown, in the place of what it does not take. */
export const storableText = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD");

/** Escapes of NUL and of surrogates; what is meant by a backslash of its own is found as well, which costs only time. */
const unstorableEscape = /\\u(?:0000|d[89a-f])/;

function storable(value: unknown): unknown {
  if (typeof value === "string") return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), storable(inner)]));
}

/**
 * JSON of a value that came from outside, such as what somebody asked a model, or what its provider calls things: with every
 * text as the database keeps it.
 */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  return unstorableEscape.test(json) ? JSON.stringify(storable(JSON.parse(json))) : json;
}
