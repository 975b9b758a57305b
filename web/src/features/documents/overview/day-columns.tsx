import type { DocumentStats } from "@llm-tuner/contract/documents.ts";
import { count } from "../../../ui/format.ts";

type Days = DocumentStats["documents_by_day"];

const dayWord = (day: string): string =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });

/** One column for each day; screen readers get the days that have documents. */
export const DayColumns = ({ days }: { days: Days }) => {
  const most = Math.max(1, ...days.map(({ documents }) => documents));
  const busy = days.filter(({ documents }) => documents > 0);
  return (
    <figure>
      <div aria-hidden className="flex h-48 items-end gap-0.5 border-b border-line sm:gap-1">
        {days.map(({ day, documents }) => (
          <div key={day} title={`${dayWord(day)}: ${count(documents)}`} className="flex h-full flex-1 items-end">
            <div
              className="min-h-px w-full rounded-t-sm bg-accent"
              style={{ height: `${(documents / most) * 100}%`, opacity: documents === 0 ? 0.25 : 1 }}
            />
          </div>
        ))}
      </div>
      <div aria-hidden className="mt-1 flex justify-between text-xs text-faint">
        <span>{dayWord(days[0]?.day ?? "")}</span>
        <span>At most {count(most)} a day</span>
        <span>{dayWord(days.at(-1)?.day ?? "")}</span>
      </div>
      <figcaption className="sr-only">
        {busy.length === 0
          ? "No documents in the last 30 days."
          : `Documents by day: ${busy.map(({ day, documents }) => `${dayWord(day)} ${count(documents)}`).join(", ")}.`}
      </figcaption>
    </figure>
  );
};
