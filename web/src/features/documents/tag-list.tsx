import type { DocumentTag } from "@llm-tuner/contract/tags.ts";
import { clsx } from "clsx";
import { Check } from "lucide-react";

/** Tags that a document has or may have; what was rejected or replaced is not among them. */
export const shownTags = (tags: readonly DocumentTag[]): DocumentTag[] => [
  ...tags.filter(({ state }) => state === "accepted"),
  ...tags.filter(({ state }) => state === "suggested"),
];

/** A few tags of a document in one line: accepted ones are marked, suggested ones have a dashed edge. */
export const TagList = ({ tags, most = 5 }: { tags: readonly DocumentTag[]; most?: number }) => {
  const shown = shownTags(tags);
  if (shown.length === 0) return <span className="text-faint">–</span>;
  return (
    <ul className="flex flex-wrap gap-1">
      {shown.slice(0, most).map(({ tag, state }) => (
        <li
          key={tag}
          title={state === "accepted" ? "Accepted" : "Suggested"}
          className={clsx(
            "inline-flex max-w-48 items-center gap-1 rounded-full border px-2 py-0.5 text-xs",
            state === "accepted" ? "border-line bg-accent-soft text-accent-text" : "border-dashed border-line-strong",
          )}
        >
          {state === "accepted" && <Check aria-label="accepted" size={12} className="shrink-0" />}
          <span className="truncate">{tag}</span>
        </li>
      ))}
      {shown.length > most && <li className="px-1 py-0.5 text-xs text-faint">+{shown.length - most}</li>}
    </ul>
  );
};
