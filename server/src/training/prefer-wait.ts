/** A timer cannot be set for longer; nobody waits so long. */
const longestWaitMs = 2 ** 31 - 1;

/**
 * How long a `Prefer` header (RFC 7240) asks an answer to be held: `wait` for as long as it takes, `wait=60` for a
 * minute. Undefined when it does not ask; what cannot be understood is no preference.
 */
export function preferredWaitMs(header: string | undefined): number | undefined {
  for (const preference of header?.split(",") ?? []) {
    const [name = "", value] = (preference.split(";")[0] ?? "").split("=").map((part) => part.trim());
    if (name.toLowerCase() !== "wait") continue;
    if (value === undefined || value === "") return longestWaitMs;
    if (/^"?\d{1,9}"?$/.test(value)) return Math.min(Number(value.replaceAll('"', "")) * 1000, longestWaitMs);
  }
  return undefined;
}
