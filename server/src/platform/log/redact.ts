const hidden = "[redacted]";

/** Names of fields whose value is a secret whatever it looks like; compared without case, `_` and `-`. */
const secretNames =
  /(?:password|passwd|secret|authorization|cookie|apikey|accesskey|token$|tokenhash|bearer|privatekey|masterkey|datakey|mackey|pepper|credential|signature|codeverifier|nonce)/;
/** Fields that carry such a word but no secret. */
const harmlessNames = new Set(["apikeyid", "passwordhashalgorithm"]);
/** What drivers of databases add to an error that repeats the values of a row or of a statement. */
const rowRepeatingFields = new Set(["detail", "where", "internalQuery", "query", "parameters"]);

/** Names of parameters that are secret in an address or a form, and in any text. */
const secretOfForms = "code|state|nonce|key|token|signature|x-amz-signature|x-amz-credential|x-amz-security-token";
const secretAnywhere =
  "code_verifier|access_token|refresh_token|id_token|client_token|setup_token|client_secret|api_key|password|passwd|secret";

const shapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  [/\b(Bearer|Basic)\s+[\w\-.~+/=]{8,}/gi, `$1 ${hidden}`],
  [/\b((?:set-)?cookie:\s*)[^\r\n]+/gi, `$1${hidden}`],
  // The cookies of sessions and of sign-in with a provider, with or without their prefixes.
  [/(llm-tuner-[a-z]+=)[^;\s,"']+/g, `$1${hidden}`],
  // Of an address, a form or a connection string.
  [new RegExp(`((?:^|[?&])(?:${secretOfForms}|${secretAnywhere})=)[^&#\\s"']+`, "gi"), `$1${hidden}`],
  [new RegExp(`([;\\s"'](?:${secretAnywhere})=)[^&;\\s"']+`, "gi"), `$1${hidden}`],
  // Three base64url parts, the first of which begins with `{"`.
  [/\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/g, hidden],
  [/\b(?:lp|sk|pk|rk|hf|gh[a-z]|xox[a-z]|setup)[_-][\w-]{16,}/g, hidden],
  [/\b(?:GOCSPX-|AIza)[\w-]{20,}/g, hidden],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, hidden],
  // user:password@host of any URL; the password may itself hold colons and at signs.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]*@/gi, `$1:${hidden}@`],
  // A secret key of AWS.
  [/(?<![\w/+=.-])(?=[^\s]{0,39}[A-Z])(?=[^\s]{0,39}[a-z])(?=[^\s]{0,39}\d)[A-Za-z0-9/+]{40}(?![\w/+=.-])/g, hidden],
  // Whatever is this long and mixes letters of both cases with digits was drawn by lot: tokens of refreshing and of
  // mailed links, codes and states of a provider. A hash in hexadecimal digits is not among it.
  [/(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{40,}/g, hidden],
];

const maxDepth = 8;
const maxItems = 100;
/** Enough for a stack; what a client sends must not fill the log. */
const maxLength = 8192;

// Beyond what JSON escapes: control characters that terminals obey, and those that turn the direction of a text around.
const treacherous = /[\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * What every text has that one of the shapes fits, or that is treacherous: a sign that parts a name from a value, or a run
 * as long as the shortest token. Most texts of a log are names and words, and are done with after this one look.
 */
const suspicious = /[=:\s\u007F-\u{10FFFF}]|[\w\-+/.~]{17}/u;

/** The text with everything that has the shape of a secret replaced, cut to a length that a line can bear. */
export function redactText(text: string): string {
  if (!suspicious.test(text) && text.length <= maxLength) return text;
  // Cut after the replacing, so that no half of a secret escapes its shape; and before, so that it costs little.
  const redacted = shapes.reduce(
    (current, [shape, replacement]) => current.replace(shape, replacement),
    text.slice(0, 2 * maxLength),
  );
  return redacted.slice(0, maxLength).replace(treacherous, escaped);
}

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
  const added = Object.entries(error)
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    .filter(([name]) => !rowRepeatingFields.has(name));
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
      redactText(name),
      isSecretName(name) && value !== undefined && value !== null ? hidden : redactValue(value, depth + 1),
    ]),
  );
}

/** A copy of the fields that is safe to write down: secrets replaced by field name and by value shape, errors unfolded. */
export const redactFields = (fields: Record<string, unknown>): Record<string, unknown> => redactEntries(fields, 0);
