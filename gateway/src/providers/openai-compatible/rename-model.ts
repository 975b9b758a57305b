const field = '"model"';
const colon = /\s*:\s*/y;
/** A longer text may be nested more deeply than its reader can bear, which is found out when it is written anew. */
const maxLength = 16_384;

/**
 * The text of a JSON object with another value of its field `model`; undefined where it is not plain that this is the place,
 * and the object has to be written anew. That costs more than reading it did, and most providers name a version of the
 * model that was asked for, in every answer and every event of a stream.
 */
export const withModelNamed = (text: string, from: string, to: string): string | undefined => {
  if (text.length > maxLength) return undefined;
  const at = text.indexOf(field);
  // Within a string the quotes would have backslashes. A second one may be the one that counts.
  if (at === -1 || text.includes(field, at + 1)) return undefined;
  // Of the object itself, not of one within it.
  if (text.lastIndexOf("{", at) !== text.indexOf("{")) return undefined;
  colon.lastIndex = at + field.length;
  if (!colon.test(text)) return undefined;
  const start = colon.lastIndex;
  const value = JSON.stringify(from);
  return text.startsWith(value, start)
    ? text.slice(0, start) + JSON.stringify(to) + text.slice(start + value.length)
    : undefined;
};
