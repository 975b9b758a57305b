import { exportAuditEvents, type AuditEvent } from "@llm-tuner/contract/audit.ts";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { download } from "../../../api/call.ts";
import { paged } from "../../../api/paged.ts";
import { auditQuery } from "../../../api/queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/card.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Menu } from "../../../ui/menu.tsx";
import { PagedTable } from "../../../ui/paged-table.tsx";
import { AuditDetail } from "./audit-detail.tsx";
import { AuditFilterBar } from "./audit-filter-bar.tsx";
import type { AuditSearch } from "./audit-filters.ts";
import { AuditRow } from "./audit-row.tsx";
import { actionWords } from "./audit-words.ts";
import { useLogVerification } from "./verify-log.tsx";

const Export = ({ filters }: { filters: AuditSearch }) => {
  const save = useAct({
    act: (format: "csv" | "jsonl") =>
      download(exportAuditEvents, { query: { ...filters, format } }, `audit-log.${format}`),
    notice: "The entries are among your downloads.",
  });
  return (
    <Menu
      heading="Every entry that the filters leave"
      trigger={
        <Button isBusy={save.isPending}>
          <Download aria-hidden size={14} />
          Export
        </Button>
      }
      acts={[
        { word: "CSV, for spreadsheets", onSelect: () => save.mutate("csv") },
        { word: "JSON lines, for programs", onSelect: () => save.mutate("jsonl") },
      ]}
    />
  );
};

interface AuditPageProps {
  filters: AuditSearch;
  onFilters(filters: AuditSearch): void;
}

export const AuditPage = ({ filters, onFilters }: AuditPageProps) => {
  const { button, verdict } = useLogVerification();
  const [opened, setOpened] = useState<AuditEvent>();
  const close = (): void => setOpened(undefined);
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-soft">Who did what, and when. Entries can be added only; each seals those before it.</p>
        <div className="flex gap-2">
          {button}
          <Export filters={filters} />
        </div>
      </div>
      {verdict}
      <AuditFilterBar filters={filters} onFilters={onFilters} />
      <PagedTable
        {...paged(useInfiniteQuery(auditQuery(filters)), (page) => page.events)}
        titles={["When", "What", "By", "On", "Address", "Number"]}
        numbers={["Number"]}
        empty={<EmptyState title="No entry fits these filters">Take a filter away, or widen the time.</EmptyState>}
        row={(event) => <AuditRow key={event.id} event={event} onOpen={() => setOpened(event)} />}
      />
      <Dialog
        open={opened !== undefined}
        onClose={close}
        title={opened === undefined ? "" : actionWords[opened.action]}
        description={opened?.action}
      >
        {opened !== undefined && (
          <AuditDetail
            event={opened}
            onFilters={(wanted) => {
              close();
              onFilters(wanted);
            }}
          />
        )}
      </Dialog>
    </>
  );
};
