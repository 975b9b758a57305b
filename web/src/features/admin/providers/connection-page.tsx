import {
  checkProviderConnection,
  type ConnectionCheck,
  type ProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { connectionQuery } from "../../../api/provider-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Card, Figures, Skeleton } from "../../../ui/card.tsx";
import { Copyable } from "../../../ui/copy.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { count } from "../../../ui/format.ts";
import { RawJson } from "../../../ui/raw-json.tsx";
import { Status } from "../../../ui/status.tsx";
import { ConnectionActs } from "./connection-acts.tsx";
import { ConnectionStatus, KeyEnd, problemWords, sourceText } from "./connection-words.tsx";
import type { ModelFilters } from "./model-filters.ts";
import { ModelsOnOffer } from "./models-on-offer.tsx";
import { environmentNameOf, kindWords } from "./provider-kinds.ts";

const Back = () => (
  <Link to="/admin/providers" className="inline-flex items-center gap-1 self-start text-soft hover:text-text">
    <ChevronLeft aria-hidden size={14} />
    All providers
  </Link>
);

const Verdict = ({ check: { problem, message, latency_ms } }: { check: ConnectionCheck }) => (
  <div className="rounded-md border border-line bg-sunken p-3">
    <Status tone={problem === null ? "success" : "danger"}>
      {problem === null ? "It answers" : problemWords[problem]}
    </Status>
    <p className="mt-1">{message}</p>
    <p className="mt-1 text-xs text-faint">After {count(latency_ms)} ms.</p>
  </div>
);

const Details = ({ connection }: { connection: ProviderConnection }) => {
  const { id, updated_at } = connection;
  const check = useAct({
    act: async () => ({ of: updated_at, verdict: await call(checkProviderConnection, { params: { id } }) }),
  });
  // A verdict says nothing of what was changed since, such as another key.
  const verdict = check.isPending || check.data?.of !== updated_at ? undefined : check.data.verdict;
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1 break-all">
          {connection.name}
          <span className="text-sm font-normal">
            <ConnectionStatus connection={connection} />
          </span>
        </span>
      }
      action={
        <div className="flex gap-1">
          <Button isBusy={check.isPending} onClick={() => check.mutate()}>
            Check
          </Button>
          {connection.source === "stored" && <ConnectionActs connection={connection} />}
        </div>
      }
    >
      <Figures
        figures={[
          { name: "Kind", value: kindWords[connection.kind].word },
          { name: "Address", value: <span className="break-all">{connection.base_url}</span> },
          {
            name: "API key",
            meaning: "Only its last characters are kept readable.",
            value: <KeyEnd connection={connection} />,
          },
          ...(connection.header_names.length === 0
            ? []
            : [{ name: "Extra headers", value: connection.header_names.join(", ") }]),
          { name: "Set in", value: sourceText(connection) },
          { name: "Models on offer", value: count(connection.models) },
        ]}
      />
      {connection.source === "environment" && (
        <p className="mt-3 text-soft">
          This connection comes from the setting {environmentNameOf(connection.kind)} of the server. Change it there,
          and start the server anew. What it offers is chosen here.
        </p>
      )}
      <div role="status" className="mt-3 empty:hidden">
        {verdict !== undefined && <Verdict check={verdict} />}
      </div>
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1">
        <Copyable text={connection.id} />
        <Link to="/admin/audit" search={{ target: connection.id }} className="text-accent-text hover:underline">
          What was done to it
        </Link>
      </div>
      <div className="mt-2">
        <RawJson value={connection} />
      </div>
    </Card>
  );
};

interface ConnectionPageProps {
  connectionId: string;
  filters: ModelFilters;
  onFilters(filters: ModelFilters): void;
}

export const ConnectionPage = ({ connectionId, filters, onFilters }: ConnectionPageProps) => {
  const { data: connection, error, refetch } = useQuery(connectionQuery(connectionId));
  return (
    <>
      <Back />
      {error !== null && <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />}
      {error === null && connection === undefined && (
        <>
          <Skeleton className="h-40" />
          <Skeleton className="h-96" />
        </>
      )}
      {connection !== undefined && (
        <>
          <Details connection={connection} />
          <ModelsOnOffer connection={connection} filters={filters} onFilters={onFilters} />
        </>
      )}
    </>
  );
};
