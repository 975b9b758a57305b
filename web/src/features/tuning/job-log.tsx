import { clsx } from "clsx";
import type { LogLine } from "./job-history.ts";

/** Enough for any run to be understood; older lines stay on the platform. */
const shownLines = 500;

const colours = { info: "text-text", warning: "text-warning", error: "text-danger" } as const;

export const JobLog = ({ lines }: { lines: readonly LogLine[] }) => {
  if (lines.length === 0) return <p className="text-faint">Nothing yet.</p>;
  return (
    <ol className="max-h-72 overflow-y-auto font-mono text-xs" aria-live="polite" tabIndex={0}>
      {lines.slice(-shownLines).map(({ seq, time, level, text }) => (
        <li key={seq} className={clsx("flex gap-3 py-0.5", colours[level])}>
          <time dateTime={time} title={time} className="shrink-0 text-faint">
            {new Date(time).toLocaleTimeString()}
          </time>
          <span className="break-words whitespace-pre-wrap">{level === "info" ? text : `${level}: ${text}`}</span>
        </li>
      ))}
    </ol>
  );
};
