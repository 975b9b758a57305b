import { exportAllUsageRequests, exportUsageRequests } from "@llm-tuner/contract/usage.ts";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Download, RefreshCw } from "lucide-react";
import { useState } from "react";
import { download } from "../../api/call.ts";
import { paged } from "../../api/paged.ts";
import { useAct } from "../../api/use-act.ts";
import { usageRequestsQuery, type UsageOf } from "../../api/usage-queries.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/card.tsx";
import { CheckboxField } from "../../ui/field.tsx";
import { PagedTable } from "../../ui/paged-table.tsx";
import { RequestFilterBar } from "./request-filter-bar.tsx";
import { RequestRow } from "./request-row.tsx";
import type { RequestSearch } from "./usage-search.ts";
import { useNames } from "./use-names.ts";

const liveEveryMs = 3000;

const Export = ({ of, search }: { of: UsageOf; search: RequestSearch }) => {
  const save = useAct({
    act: () => {
      if (of === "everybody") return download(exportAllUsageRequests, { query: search }, "requests.csv");
      const { user_id: _, ...filters } = search;
      return download(exportUsageRequests, { query: filters }, "requests.csv");
    },
    notice: "The requests are among your downloads.",
  });
  return (
    <Button isBusy={save.isPending} onClick={() => save.mutate()}>
      <Download aria-hidden size={14} />
      CSV
    </Button>
  );
};

interface RequestsPageProps {
  of: UsageOf;
  search: RequestSearch;
  onSearch(search: RequestSearch): void;
}

/** The request log: every settled request of the gateway, newest first. */
export const RequestsPage = ({ of, search, onSearch }: RequestsPageProps) => {
  const [isLive, setIsLive] = useState(false);
  const nameOf = useNames(of);
  const requests = useInfiniteQuery({
    ...usageRequestsQuery(of, search),
    refetchInterval: isLive ? liveEveryMs : false,
  });
  return (
    <>
      <RequestFilterBar of={of} search={search} onSearch={onSearch} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button isBusy={requests.isRefetching && !isLive} onClick={() => void requests.refetch()}>
          <RefreshCw aria-hidden size={14} />
          Refresh
        </Button>
        <CheckboxField label="Live" checked={isLive} onChange={({ target }) => setIsLive(target.checked)} />
        <div className="ml-auto">
          <Export of={of} search={search} />
        </div>
      </div>
      <PagedTable
        {...paged(requests, (page) => page.requests)}
        titles={[
          "When",
          "Model",
          of === "everybody" ? "Key and person" : "Key",
          "Tokens in",
          "Tokens out",
          "Cost",
          "Latency",
          "Outcome",
        ]}
        numbers={["Tokens in", "Tokens out", "Cost", "Latency"]}
        empty={
          <EmptyState title="No request fits these filters">
            Take a filter away, or widen the time. A request appears here when it has ended.
          </EmptyState>
        }
        row={(request) => (
          <RequestRow
            key={request.request_id}
            of={of}
            request={request}
            keyName={nameOf("key", request.api_key_id)}
            person={of === "everybody" ? nameOf("user", request.user_id) : undefined}
          />
        )}
      />
    </>
  );
};
