import { evaluateTagger, type TaggerEvaluation } from "@llm-tuner/contract/tagging.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { taggingKey } from "../../../api/document-queries.ts";
import { Button } from "../../../ui/button.tsx";
import { Card, EmptyState } from "../../../ui/card.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";
import { ago, count, dateTime, dollars } from "../../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../../ui/paged-table.tsx";
import { Status, type Tone } from "../../../ui/status.tsx";
import { Term } from "../../../ui/term.tsx";
import { taggerWord } from "../document-words.ts";
import { comparisonOf, percent, points } from "./quality-words.ts";
import { TaggerSelect } from "./tagger-select.tsx";

const tones: Record<TaggerEvaluation["status"], Tone> = { running: "running", completed: "success", failed: "danger" };
const words: Record<TaggerEvaluation["status"], string> = { running: "Running", completed: "Done", failed: "Failed" };

const precisionMeaning = "Of the tags that it suggested, how many you had accepted.";
const recallMeaning = "Of the tags that you had accepted, how many it suggested.";

const costEach = (usd: number | null): string => (usd === null ? "No price" : dollars(usd));

const Row = ({ evaluation }: { evaluation: TaggerEvaluation }) => (
  <TableRow>
    <Cell>
      <span className="font-medium break-all">{taggerWord(evaluation.tagger)}</span>
    </Cell>
    <Cell>
      <Status tone={tones[evaluation.status]}>{words[evaluation.status]}</Status>
      {evaluation.message !== null && <div className="text-xs break-words text-soft">{evaluation.message}</div>}
    </Cell>
    <Cell isNumber>{count(evaluation.documents)}</Cell>
    <Cell isNumber>{percent(evaluation.precision)}</Cell>
    <Cell isNumber>{percent(evaluation.recall)}</Cell>
    <Cell isNumber>{percent(evaluation.f1)}</Cell>
    <Cell isNumber>{evaluation.status === "completed" ? costEach(evaluation.cost_usd_per_document) : "–"}</Cell>
    <Cell title={dateTime(evaluation.created_at)}>
      <span className="whitespace-nowrap">{ago(evaluation.created_at)}</span>
    </Cell>
  </TableRow>
);

const figure = (name: string, meaning: string, before: string, after: string, change?: string) => (
  <div>
    <dt className="text-xs text-faint">
      <Term meaning={meaning}>{name}</Term>
    </dt>
    <dd className="text-base font-semibold">
      {before} → {after}
    </dd>
    {change !== undefined && <dd className="text-xs text-soft">{change}</dd>}
  </div>
);

/** What the change of taggers has brought, measured on the same kind of documents. */
export const BeforeAndAfter = ({
  evaluations,
  tagger,
}: {
  evaluations: readonly TaggerEvaluation[];
  tagger: string;
}) => {
  const comparison = comparisonOf(evaluations, tagger);
  if (comparison === undefined) return null;
  const { before, after } = comparison;
  return (
    <Card title={`${taggerWord(before.tagger)} → ${taggerWord(after.tagger)}`}>
      <dl className="figures flex flex-wrap gap-x-10 gap-y-3">
        {figure(
          "Precision",
          precisionMeaning,
          percent(before.precision),
          percent(after.precision),
          points(before.precision, after.precision),
        )}
        {figure(
          "Recall",
          recallMeaning,
          percent(before.recall),
          percent(after.recall),
          points(before.recall, after.recall),
        )}
        {figure(
          "Cost of a document",
          "What the model was paid for one document, on average.",
          costEach(before.cost_usd_per_document),
          costEach(after.cost_usd_per_document),
        )}
      </dl>
    </Card>
  );
};

const EvaluateForm = ({ tagger: present, heldOut }: { tagger: string; heldOut: number }) => {
  const queries = useQueryClient();
  const [tagger, setTagger] = useState(present);
  const [most, setMost] = useState("50");
  const evaluate = useMutation({
    mutationFn: () => call(evaluateTagger, { body: { tagger, max_documents: Number(most) } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: taggingKey }),
  });
  const isNumber = /^\d+$/.test(most) && Number(most) >= 1 && Number(most) <= 500;
  return (
    <form
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (isNumber) evaluate.mutate();
      }}
    >
      <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,20rem)_10rem_auto]">
        <TaggerSelect label="Tagger" tagger={tagger} onChange={setTagger} />
        <TextField
          label="Documents, at most"
          type="number"
          min={1}
          max={500}
          value={most}
          error={isNumber ? undefined : "Between 1 and 500."}
          onChange={({ target }) => setMost(target.value)}
        />
        <Button
          type="submit"
          className="justify-self-start sm:mt-6.5"
          isBusy={evaluate.isPending}
          disabled={heldOut === 0 || !isNumber}
        >
          Measure
        </Button>
      </div>
      <p className="text-xs text-faint">
        {heldOut === 0
          ? "No document is held out yet: accept tags on more documents first. About one in ten is kept out of training."
          : `${count(heldOut)} documents with accepted tags are kept out of training for this. A model is paid for each of them.`}
      </p>
      {evaluate.error !== null && <ErrorPanel error={describeError(evaluate.error)} />}
    </form>
  );
};

interface EvaluationsProps {
  evaluations: readonly TaggerEvaluation[];
  heldOut: number;
  tagger: string;
}

/** Taggers measured against tags that the person accepted on documents that no training has seen. */
export const Evaluations = ({ evaluations, heldOut, tagger }: EvaluationsProps) => (
  <>
    <Card title="Measure a tagger">
      <EvaluateForm tagger={tagger} heldOut={heldOut} />
    </Card>
    <PagedTable
      titles={["Tagger", "Status", "Documents", "Precision", "Recall", "F1", "Cost each", "When"]}
      numbers={["Documents", "Precision", "Recall", "F1", "Cost each"]}
      rows={evaluations}
      error={undefined}
      onRetry={() => undefined}
      more={undefined}
      empty={
        <EmptyState title="No tagger has been measured yet">
          It tags documents again whose tags you accepted, and is compared with you: how much it finds, and how much of
          that is right.
        </EmptyState>
      }
      row={(evaluation) => <Row key={`${evaluation.tagger} ${evaluation.created_at}`} evaluation={evaluation} />}
    />
  </>
);
