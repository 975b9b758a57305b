const hidden = "[redacted]";

/** Names of fields whose value is a secret whatever it looks like; compared without case, `_` and `-`. */
const secretNames =
  /(?:password|passwd|secret|authorization|cookie|apikey|accesstoken|refreshtoken|clienttoken|idtoken|bearer|privatekey|masterkey|credential|signature)/;
/** Fields that carry such a word but no secret. */
const harmlessNames = new Set(["apikeyid", "passwordhashalgorithm"]);

const shapes: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w\-.~+/=]{8,}/gi, `$1 ${hidden}`],
  // Three base64url parts, the first of which begins with `{"`.
  [/\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/g, hidden],
  [/\b(?:lp|sk|pk|rk)[_-][\w-]{16,}/g, hidden],
  // user:password@host of any URL; the password may itself hold colons and at signs.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]*@/gi, `$1:${hidden}@`],
];

const maxDepth = 8;
const maxItems = 100;

/** The text with everything that has the shape of a secret replaced. */
export const redactText = (text: string): string =>
  shapes.reduce((redacted, [shape, replacement]) => redacted.replace(shape, replacement), text);

const isSecretName = (name: string): boolean => {
  const plain = name.toLowerCase().replaceAll(/[_-]/g, "");
  return !harmlessNames.has(plain) && secretNames.test(plain);
};

/**
 * Besides the usual, what drivers add to an error: the SQL state, a path, a status. Plain values only: some also hang
 * themselves onto it, with all that they know.
 */
function errorFields(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const added = Object.entries(error).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return {
    name,
    message,
    ...Object.fromEntries(added),
    stack,
    ...(error instanceof AggregateError ? { errors: error.errors } : {}),
    ...(cause === undefined ? {} : { cause }),
  };
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= maxDepth) return "[too deep]";
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => redactValue(item, depth + 1));
  return redactEntries(value instanceof Error ? errorFields(value) : value, depth);
}

function redactEntries(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isSecretName(name) && value !== undefined && value !== null ? hidden : redactValue(value, depth + 1),
    ]),
  );
}

/** A copy of the fields that is safe to write down: secrets replaced by field name and by value shape, errors unfolded. */
export const redactFields = (fields: Record<string, unknown>): Record<string, unknown> => redactEntries(fields, 0);
