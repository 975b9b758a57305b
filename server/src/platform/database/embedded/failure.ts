import { StartupError } from "../../config/startup-error.ts";

const known: readonly { pattern: RegExp; message: string; remedy: string }[] = [
  {
    pattern: /No space left on device|could not extend file|ENOSPC/,
    message: "The disk is full: the embedded database cannot write.",
    remedy: "Free some space, or set DATA_DIR to a larger disk.",
  },
  {
    pattern: /\b(?:setuid|setgid|spawn\b.*\bEPERM)/,
    message: "The server is root but may not start the embedded database as another user.",
    remedy: "Start the server as an ordinary user, or set DATABASE_URL.",
  },
  {
    pattern: /ENOENT|error while loading shared libraries|EACCES|Exec format error/,
    message: "The programs of the embedded database cannot be run.",
    remedy: "Run npm ci again, or set DATABASE_URL to a PostgreSQL of your own.",
  },
  {
    pattern: /database files are incompatible with server|was initialized by PostgreSQL version/,
    message: "The embedded database was made by another version of PostgreSQL.",
    remedy: "Start the version of the server that made it and export the data, or set DATABASE_URL.",
  },
];

const wordsOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  const stderr = "stderr" in cause && typeof cause.stderr === "string" ? cause.stderr : "";
  return `${cause.message}\n${stderr}`;
};

/** Says in one sentence what PostgreSQL, or the attempt to start it, said in many. */
export function explainFailure({
  doing,
  output,
  logFile,
}: {
  doing: string;
  output: unknown;
  logFile: string;
}): StartupError {
  const text = wordsOf(output);
  const match = known.find(({ pattern }) => pattern.test(text));
  if (match !== undefined) return new StartupError({ message: match.message, remedy: match.remedy, cause: output });
  const telling =
    text.split("\n").findLast((line) => /FATAL|PANIC|error:/.test(line)) ?? text.trim().split("\n").at(-1);
  return new StartupError({
    message: `The embedded database failed while ${doing}: ${telling?.trim() ?? "it said nothing"}`,
    remedy: `Its log is ${logFile}.`,
    cause: output,
  });
}
