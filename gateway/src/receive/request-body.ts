import { invalidRequest } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";

// The decoder drops a byte order mark, which JSON.parse would not take. Broken UTF-8 is refused rather
// than patched with replacement characters, since the text would no longer be what the caller wrote.
const decoder = new TextDecoder("utf-8", { fatal: true });

const isDeeperThan = (value: unknown, limit: number): boolean => {
  if (typeof value !== "object" || value === null) return false;
  if (limit === 0) return true;
  const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => isDeeperThan(member, limit - 1));
};

const parse = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "";
    throw invalidRequest(`The request body is not valid JSON: ${reason}`, { code: "invalid_json", cause });
  }
};

/** The body as a JSON object. Throws `invalidRequest()` (400) when it is none or is nested too deeply. */
export const parseRequestBody = (bytes: Uint8Array, maxDepth: number): JsonObject => {
  const body = parse(bytes);
  if (!isJsonObject(body)) {
    throw invalidRequest("The request body must be a JSON object.", { code: "invalid_json" });
  }
  if (isDeeperThan(body, maxDepth)) {
    throw invalidRequest(`The request body is nested more than ${maxDepth} levels deep.`, { code: "invalid_json" });
  }
  return body;
};
