import { retryDocument } from "@llm-tuner/contract/document-jobs.ts";
import type { DocumentSummary } from "@llm-tuner/contract/documents.ts";
import { call } from "../../../api/call.ts";
import { documentJobsKey, documentsKey } from "../../../api/document-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { count } from "../../../ui/format.ts";
import { Cell, TableRow } from "../../../ui/paged-table.tsx";
import { Status } from "../../../ui/status.tsx";
import { costWord, documentTones, documentWord } from "../document-words.ts";
import { DocumentLink } from "../links.tsx";
import { TagList } from "../tag-list.tsx";

const Retry = ({ document }: { document: DocumentSummary }) => {
  const retry = useAct({
    act: () => call(retryDocument, { params: { id: document.id } }),
    changes: [documentJobsKey, documentsKey],
  });
  return (
    <Button isBusy={retry.isPending} onClick={() => retry.mutate()} aria-label={`Try ${document.title} again`}>
      Try again
    </Button>
  );
};

/** A document of a job: what it is at, or why it failed and what to do. */
export const ResultRow = ({ document }: { document: DocumentSummary }) => {
  const { status, error, file_name, source_url, page_count, cost_usd, tags, tagging_note, duplicate_of } = document;
  return (
    <TableRow>
      <Cell>
        <DocumentLink document={document} />
        <div className="max-w-96 truncate text-xs text-faint" title={source_url ?? file_name}>
          {source_url ?? file_name}
        </div>
      </Cell>
      <Cell>
        <Status tone={documentTones[status]}>{documentWord(document)}</Status>
        {error !== null && <div className="max-w-80 text-xs break-words text-soft sm:min-w-48">{error.message}</div>}
        {tagging_note !== null && (
          <div className="max-w-80 text-xs break-words text-soft sm:min-w-48">{tagging_note}</div>
        )}
        {duplicate_of !== null && <div className="text-xs text-faint">Same content as another one</div>}
      </Cell>
      <Cell>
        <div className="sm:w-60">
          <TagList tags={tags} most={3} />
        </div>
      </Cell>
      <Cell isNumber>{page_count === null ? "–" : count(page_count)}</Cell>
      <Cell isNumber>{status === "completed" ? costWord(cost_usd) : "–"}</Cell>
      <Cell>{(status === "failed" || status === "cancelled") && <Retry document={document} />}</Cell>
    </TableRow>
  );
};
