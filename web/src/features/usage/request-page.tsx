import type { UsageRequestDetail } from "@llm-tuner/contract/usage.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { describeError } from "../../api/describe-error.ts";
import { usageRequestQuery, type UsageOf } from "../../api/usage-queries.ts";
import { Card, Figures, Skeleton } from "../../ui/card.tsx";
import { Copyable } from "../../ui/copy.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { count, dateTime, milliseconds } from "../../ui/format.ts";
import { RawJson } from "../../ui/raw-json.tsx";
import { Status } from "../../ui/status.tsx";
import { AdjustButton } from "./adjust-form.tsx";
import { BillCard } from "./bill-card.tsx";
import { LedgerCard, TimeCard } from "./ledger-card.tsx";
import { outcomeTones, outcomeWords, requestCost } from "./usage-words.ts";
import { useNames } from "./use-names.ts";

const Summary = ({ of, request }: { of: UsageOf; request: UsageRequestDetail }) => {
  const nameOf = useNames(of);
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1 break-all">
          {request.model}
          <span className="text-sm font-normal">
            <Status tone={outcomeTones[request.outcome]}>{outcomeWords[request.outcome]}</Status>
          </span>
        </span>
      }
      action={of === "everybody" && <AdjustButton request={request} />}
    >
      <Figures
        figures={[
          { name: "Cost", value: requestCost(request.cost_nano_usd) },
          { name: "Tokens in", value: count(request.input_tokens) },
          { name: "Tokens out", value: count(request.output_tokens) },
          { name: "Latency", value: milliseconds(request.latency_ms) },
          { name: "Provider", value: request.provider },
          { name: "Key", value: nameOf("key", request.api_key_id) },
        ]}
      />
      <p className="mt-3 text-soft">
        {request.operation}
        {request.stream ? ", streamed" : ""}, {dateTime(request.time)}
        {request.error_code !== null && <code className="font-mono text-xs"> · {request.error_code}</code>}
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1">
        <Copyable text={request.request_id} />
        {request.upstream_id !== null && (
          <span className="inline-flex max-w-full min-w-0 items-center gap-2 text-xs text-faint">
            At the provider <Copyable text={request.upstream_id} />
          </span>
        )}
        {of === "everybody" && (
          <Link
            to="/admin/users/$userId"
            params={{ userId: request.user_id }}
            className="text-accent-text hover:underline"
          >
            {nameOf("user", request.user_id)}
          </Link>
        )}
      </div>
      <div className="mt-2">
        <RawJson value={request} />
      </div>
    </Card>
  );
};

const Back = ({ of }: { of: UsageOf }) => (
  <Link
    to={of === "me" ? "/usage/requests" : "/admin/usage/requests"}
    className="inline-flex items-center gap-1 self-start text-soft hover:text-text"
  >
    <ChevronLeft aria-hidden size={14} />
    All requests
  </Link>
);

/** One request: what it cost and why, who was asked, and every entry of the ledger. */
export const RequestPage = ({ of, requestId }: { of: UsageOf; requestId: string }) => {
  const { data: request, error, refetch } = useQuery(usageRequestQuery(of, requestId));
  return (
    <>
      <Back of={of} />
      {error !== null && <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />}
      {error === null && request === undefined && (
        <>
          <Skeleton className="h-40" />
          <Skeleton className="h-64" />
        </>
      )}
      {request !== undefined && (
        <>
          <Summary of={of} request={request} />
          <BillCard request={request} />
          <div className="grid items-start gap-4 md:grid-cols-2">
            <TimeCard request={request} />
            <LedgerCard entries={request.entries} />
          </div>
        </>
      )}
    </>
  );
};
