import { type DestinationStream, destination, pino } from "pino";
import type { Logger } from "pino";
import { redactFields, redactText } from "./redact.ts";

/** One JSON object per line: fields for programs, a message for people. */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
  /** A log whose every line carries these fields as well. */
  child(bindings: Record<string, unknown>): Log;
}

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

const redacting = (logger: Logger): Log => {
  const write =
    (level: "debug" | "info" | "warn" | "error") =>
    (fields: Record<string, unknown>, message: string): void => {
      // Redacting costs more than the request that a line is about, so it is not done for a line that nobody wants.
      if (logger.isLevelEnabled(level)) logger[level](redactFields(fields), redactText(message));
    };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (bindings) => redacting(logger.child(redactFields(bindings))),
  };
};

/**
 * Writes to standard error, at once and in order, so that the last line before a crash is there; standard output
 * stays free for what is said to the person at the terminal.
 */
export const createLog = ({ level, stream }: { level: LogLevel; stream?: DestinationStream }): Log =>
  redacting(
    pino(
      {
        level,
        base: null,
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
      },
      stream ?? destination({ dest: 2, sync: true }),
    ),
  );

/** For tests and tools that have nothing to say. */
export const silentLog: Log = createLog({ level: "silent" });
