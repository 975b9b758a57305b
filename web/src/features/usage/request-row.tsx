import type { UsageRequest } from "@llm-tuner/contract/usage.ts";
import type { UsageOf } from "../../api/usage-queries.ts";
import { ago, count, dateTime, milliseconds } from "../../ui/format.ts";
import { Cell, TableRow } from "../../ui/paged-table.tsx";
import { Status } from "../../ui/status.tsx";
import { RequestLink } from "./usage-links.tsx";
import { outcomeTones, outcomeWords, requestCost } from "./usage-words.ts";

interface RequestRowProps {
  of: UsageOf;
  request: UsageRequest;
  keyName: string;
  /** Who pays, where that is not plain. */
  person: string | undefined;
}

export const RequestRow = ({ of, request, keyName, person }: RequestRowProps) => (
  <TableRow>
    <Cell title={dateTime(request.time)}>
      <RequestLink of={of} requestId={request.request_id}>
        <span className="whitespace-nowrap">{ago(request.time)}</span>
      </RequestLink>
      <div className="text-xs whitespace-nowrap text-faint">{dateTime(request.time)}</div>
    </Cell>
    <Cell>
      <span className="break-all">{request.model}</span>
      <div className="text-xs text-faint">
        {request.provider} · {request.operation}
      </div>
    </Cell>
    <Cell>
      <span className="break-all">{keyName}</span>
      {person !== undefined && <div className="text-xs break-all text-faint">{person}</div>}
    </Cell>
    <Cell isNumber>{count(request.input_tokens)}</Cell>
    <Cell isNumber>{count(request.output_tokens)}</Cell>
    <Cell isNumber>{requestCost(request.cost_nano_usd)}</Cell>
    <Cell isNumber>{milliseconds(request.latency_ms)}</Cell>
    <Cell title={request.error_code ?? undefined}>
      <Status tone={outcomeTones[request.outcome]}>{outcomeWords[request.outcome]}</Status>
      {request.error_code !== null && <div className="text-xs break-all text-faint">{request.error_code}</div>}
    </Cell>
  </TableRow>
);
