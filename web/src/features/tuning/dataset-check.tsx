import type { Dataset, DatasetReport } from "@llm-tuner/contract/datasets.ts";
import { useQuery } from "@tanstack/react-query";
import { datasetPreviewQuery } from "../../api/queries.ts";
import { Card, Figures } from "../../ui/card.tsx";
import { count } from "../../ui/format.ts";
import { Histogram } from "../../ui/progress.tsx";
import { Status } from "../../ui/status.tsx";

const heldOutMeaning =
  "Rows that the model never trains on. They show whether it has learned the matter or only the words.";
const tokenMeaning = "A piece of a word, as the model reads it. About four letters of English.";

const mappingInWords = ({ mapping, automatic_mapping }: DatasetReport): string => {
  const chosen = automatic_mapping ? " (chosen for you)" : "";
  if (mapping.kind === "prompt_completion")
    return `${mapping.prompt_columns.join(", ")} → ${mapping.completion_column}${chosen}`;
  return mapping.kind === "messages" ? "Each line is a chat" : `Each row is one text${chosen}`;
};

const Problems = ({ problems }: { problems: DatasetReport["problems"] }) => {
  if (problems.length === 0) return <p className="text-soft">No problems were found.</p>;
  return (
    <ul className="max-h-48 space-y-1 overflow-y-auto" tabIndex={0}>
      {problems.map(({ code, line, count: times = 1, message, excerpt }) => (
        <li key={`${code}-${line ?? ""}-${message}`} className="flex gap-2">
          {line !== undefined && (
            <span className="figures shrink-0 text-faint">
              Line {count(line)}
              {times > 1 && ` and ${count(times - 1)} more`}
            </span>
          )}
          <span className="min-w-0">
            {message}
            {excerpt !== undefined && <code className="ml-1 font-mono text-xs break-all text-soft">{excerpt}</code>}
          </span>
        </li>
      ))}
    </ul>
  );
};

const Preview = ({ datasetId }: { datasetId: string }) => {
  const { data } = useQuery(datasetPreviewQuery(datasetId));
  if (data === undefined) return null;
  return (
    <Card title="What the model will learn">
      <ol className="space-y-3">
        {data.examples.map(({ line, prompt, completion }) => (
          <li key={line} className="grid gap-1 sm:grid-cols-[4rem_1fr_1fr] sm:gap-4">
            <span className="figures text-faint">Line {count(line)}</span>
            {prompt !== "" && <p className="line-clamp-4 whitespace-pre-wrap">{prompt}</p>}
            <p className="line-clamp-4 whitespace-pre-wrap text-accent-text">{completion}</p>
          </li>
        ))}
      </ol>
    </Card>
  );
};

/** What validation found, before anything is spent on it. */
export const DatasetCheck = ({ dataset, report }: { dataset: Dataset; report: DatasetReport }) => (
  <>
    <Card title="Your data" action={<Status tone="success">Ready</Status>}>
      <Figures
        figures={[
          { name: "Rows", value: count(report.rows) },
          { name: "To train on", value: count(report.train_examples) },
          { name: "Held out", meaning: heldOutMeaning, value: count(report.held_out_examples) },
          { name: "Tokens", meaning: tokenMeaning, value: count(report.train.tokens) },
          { name: "Duplicates", value: count(report.duplicate_rows) },
          { name: "Empty rows", value: count(report.empty_rows) },
        ]}
      />
      <p className="mt-3 text-soft">{mappingInWords(report)}</p>
      <div className="mt-4 grid gap-6 lg:grid-cols-2">
        <Histogram
          caption="Length of the examples in tokens"
          rows={report.train.histogram.map(({ up_to, examples }) => ({ label: `≤ ${count(up_to)}`, value: examples }))}
        />
        <div>
          <h3 className="mb-1 text-xs text-faint">Problems by line</h3>
          <Problems problems={report.problems} />
        </div>
      </div>
    </Card>
    <Preview datasetId={dataset.id} />
  </>
);
