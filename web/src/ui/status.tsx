import { clsx } from "clsx";

export type Tone = "neutral" | "running" | "success" | "warning" | "danger";

const dots: Record<Tone, string> = {
  neutral: "bg-line-strong",
  running: "bg-info animate-pulse",
  success: "bg-success",
  warning: "bg-warning",
  danger: "bg-danger",
};

/** A coloured dot with its word: colour alone says nothing to some people. */
export const Status = ({ tone, children }: { tone: Tone; children: string }) => (
  <span className="inline-flex items-center gap-2 whitespace-nowrap">
    <span aria-hidden className={clsx("size-2 rounded-full", dots[tone])} />
    {children}
  </span>
);
