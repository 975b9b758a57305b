import type { Log } from "@llm-tuner/gateway/ports.ts";

/** An error's own fields are not enumerable. */
const plain = (_name: string, value: unknown): unknown =>
  value instanceof Error ? { name: value.name, message: value.message } : value;

const line =
  (level: string, write: (text: string) => void) =>
  (fields: Record<string, unknown>, message: string): void =>
    write(JSON.stringify({ level, message, ...fields }, plain));

/** One JSON object a line, which is what the logs of every function platform read. */
export const consoleLog: Log = {
  debug: () => undefined,
  info: line("info", console.log),
  warn: line("warn", console.warn),
  error: line("error", console.error),
};
