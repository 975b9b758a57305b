/** Headers that are lists: what the caller asks for and what the connection is set to hold together. */
const lists: ReadonlySet<string> = new Set(["anthropic-beta", "openai-beta"]);

const entriesOf = (list: string): string[] =>
  list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

/** The headers of a request with those of the server that is asked, which win unless they are lists. */
export const withLeaseHeaders = (
  headers: Readonly<Record<string, string>>,
  ofLease: Readonly<Record<string, string>>,
): Record<string, string> => {
  const merged = { ...headers };
  for (const [name, value] of Object.entries(ofLease)) {
    const own = merged[name];
    const isList = lists.has(name) && own !== undefined;
    merged[name] = isList ? [...new Set([...entriesOf(own), ...entriesOf(value)])].join(",") : value;
  }
  return merged;
};
