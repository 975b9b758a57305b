import { clsx } from "clsx";
import { useEffect, useRef } from "react";
import type { LogLine } from "./job-history.ts";

/** Enough for any run to be understood; older lines stay on the platform. */
const shownLines = 500;

const colours = { info: "text-text", warning: "text-warning", error: "text-danger" } as const;

/** Close enough to the end that the reader wants to see what comes next. */
const nearEndPixels = 40;

export const JobLog = ({ lines }: { lines: readonly LogLine[] }) => {
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (list.current !== null && isAtEnd.current) list.current.scrollTop = list.current.scrollHeight;
  });
  if (lines.length === 0) return <p className="text-faint">Nothing yet.</p>;
  return (
    <ol
      ref={list}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < nearEndPixels;
      }}
      className="max-h-72 overflow-y-auto font-mono text-xs"
      aria-live="polite"
      tabIndex={0}
    >
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
