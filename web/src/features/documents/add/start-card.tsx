import type { BatchEstimate } from "@llm-tuner/contract/document-jobs.ts";
import { offlineTagger } from "@llm-tuner/contract/tagging.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { TextField } from "../../../ui/field.tsx";
import { count, dollars } from "../../../ui/format.ts";
import { ProgressBar } from "../../../ui/progress.tsx";
import { Term } from "../../../ui/term.tsx";
import { taggerWord } from "../document-words.ts";
import { plural } from "../plural.ts";
import type { AddForm } from "./option-fields.tsx";

const estimateSource = (documents: number): string =>
  documents === 0
    ? "By the length of usual documents: you have no earlier ones yet."
    : `By ${plural(documents, "earlier document")} of yours.`;

const Cost = ({ estimate: { cost_usd, tagger, based_on_documents } }: { estimate: BatchEstimate }) => {
  if (tagger === offlineTagger) return <p>Free: the offline tagger needs no model.</p>;
  if (cost_usd === null) {
    return <p>{taggerWord(tagger)} has no price, so it cannot be said what it will cost.</p>;
  }
  return (
    <p>
      About <strong className="figures">{dollars(cost_usd.expected)}</strong> by {taggerWord(tagger)}, between{" "}
      {dollars(cost_usd.low)} and {dollars(cost_usd.high)}.{" "}
      <span className="text-faint">{estimateSource(based_on_documents)}</span>
    </p>
  );
};

const Estimated = ({ estimate }: { estimate: BatchEstimate }) => {
  const { total_documents, failed_documents, duplicate_documents } = estimate;
  return (
    <div role="status" className="flex flex-col gap-1 rounded-md bg-sunken p-3">
      <p className="figures font-medium">{plural(total_documents, "document")}</p>
      {failed_documents > 0 && <p>Of these {count(failed_documents)} without a usable address, which will fail.</p>}
      {duplicate_documents > 0 && (
        <p>{plural(duplicate_documents, "row names", "rows name")} the same address as an earlier one.</p>
      )}
      <Cost estimate={estimate} />
    </div>
  );
};

/** What is being sent now. */
export interface Sending {
  what: "start" | "estimate";
  /** The share of the files that has gone out; null where no files are sent. */
  share: number | null;
  onStop(): void;
}

const sendingWords = ({ what, share }: Sending): string => {
  if (share !== null && share < 1) return `Uploading, ${Math.floor(share * 100)} %`;
  return what === "start" ? "Writing down every document" : "Counting";
};

interface StartCardProps {
  form: AddForm;
  obstacle: string | undefined;
  estimate: BatchEstimate | undefined;
  sending: Sending | undefined;
  onEstimate(): void;
}

/** What it will be and cost, beside the button that starts it. */
export const StartCard = ({ form, obstacle, estimate, sending, onEstimate }: StartCardProps) => (
  <Card title="Start" className="lg:sticky lg:top-4">
    <div className="flex flex-col gap-4">
      <TextField
        label={
          <Term meaning="The job pauses before a document that could bring its cost beyond this.">Budget in USD</Term>
        }
        type="number"
        min={0}
        step="any"
        placeholder="No limit"
        {...form.register("budgetUsd")}
        error={form.formState.errors.budgetUsd?.message}
      />
      {estimate !== undefined && <Estimated estimate={estimate} />}
      {sending !== undefined && (
        <div role="status" className="flex flex-col gap-2">
          <span className="figures text-soft">{sendingWords(sending)}</span>
          <ProgressBar share={sending.share ?? 1} label="Upload" />
        </div>
      )}
      {sending === undefined ? (
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="primary" className="flex-1" disabled={obstacle !== undefined}>
            Start
          </Button>
          <Button className="flex-1" disabled={obstacle !== undefined} onClick={onEstimate}>
            Estimate
          </Button>
        </div>
      ) : (
        <Button look="danger" onClick={sending.onStop}>
          Stop
        </Button>
      )}
      <p className="text-xs text-faint" role="status">
        {obstacle ?? "An estimate starts nothing and costs nothing."}
      </p>
    </div>
  </Card>
);
