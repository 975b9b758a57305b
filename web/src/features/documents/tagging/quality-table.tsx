import type { TaggerQuality } from "@llm-tuner/contract/tagging.ts";
import { EmptyState } from "../../../ui/card.tsx";
import { ago, count, dateTime, dollars, milliseconds } from "../../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../../ui/paged-table.tsx";
import { taggerWord } from "../document-words.ts";
import { percent } from "./quality-words.ts";

const Row = ({ quality }: { quality: TaggerQuality }) => (
  <TableRow>
    <Cell>
      <span className="font-medium break-all">{taggerWord(quality.tagger)}</span>
      {quality.prompt_version !== null && <div className="text-xs text-faint">Prompt {quality.prompt_version}</div>}
    </Cell>
    <Cell isNumber>{count(quality.documents)}</Cell>
    <Cell isNumber>
      {percent(quality.accepted_share)}
      <div className="text-xs text-faint">{count(quality.suggested)} decided</div>
    </Cell>
    <Cell isNumber>{count(quality.edited)}</Cell>
    <Cell isNumber>{count(quality.rejected)}</Cell>
    <Cell isNumber>{quality.cost_usd_per_document === null ? "No price" : dollars(quality.cost_usd_per_document)}</Cell>
    <Cell isNumber>{quality.median_ms === null ? "–" : milliseconds(quality.median_ms)}</Cell>
    <Cell title={dateTime(quality.last_used_at)}>
      <span className="whitespace-nowrap">{ago(quality.last_used_at)}</span>
    </Cell>
  </TableRow>
);

/** How good the suggestions of each tagger were, by what the person decided of them. */
export const QualityTable = ({ taggers }: { taggers: readonly TaggerQuality[] }) => (
  <PagedTable
    titles={["Tagger", "Documents", "Accepted", "Replaced", "Rejected", "Cost each", "Time", "Last used"]}
    numbers={["Documents", "Accepted", "Replaced", "Rejected", "Cost each", "Time"]}
    rows={taggers}
    error={undefined}
    onRetry={() => undefined}
    more={undefined}
    empty={
      <EmptyState title="Nothing has been tagged yet">
        Accept and reject suggestions on a document, and it shows here how many of them were right.
      </EmptyState>
    }
    row={(quality) => <Row key={`${quality.tagger} ${quality.prompt_version}`} quality={quality} />}
  />
);
