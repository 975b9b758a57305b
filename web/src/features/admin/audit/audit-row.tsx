import type { AuditEvent } from "@llm-tuner/contract/audit.ts";
import { ago, dateTime } from "../../../ui/format.ts";
import { Cell, TableRow } from "../../../ui/paged-table.tsx";
import { Status } from "../../../ui/status.tsx";
import { actionTone, actionWords, actorWords, detailsText } from "./audit-words.ts";

const Id = ({ text }: { text: string }) => (
  <code className="block max-w-44 truncate font-mono text-xs text-faint" title={text}>
    {text}
  </code>
);

export const AuditRow = ({ event, onOpen }: { event: AuditEvent; onOpen(): void }) => {
  const actorId = event.actor.user_id ?? event.actor.api_key_id;
  return (
    <TableRow>
      <Cell title={dateTime(event.at)}>
        <span className="whitespace-nowrap">{ago(event.at)}</span>
        <div className="text-xs whitespace-nowrap text-faint">{dateTime(event.at)}</div>
      </Cell>
      <Cell>
        <button type="button" className="text-left font-medium hover:underline" onClick={onOpen}>
          <Status tone={actionTone(event.action)}>{actionWords[event.action]}</Status>
        </button>
        <div className="line-clamp-2 max-w-96 text-xs break-words text-faint">{detailsText(event.details)}</div>
      </Cell>
      <Cell>
        {actorWords[event.actor.kind]}
        {actorId !== null && <Id text={actorId} />}
      </Cell>
      <Cell>
        {event.target !== null && (
          <>
            {event.target.kind.replaceAll("_", " ")}
            <Id text={event.target.id} />
          </>
        )}
      </Cell>
      <Cell>{event.address ?? "–"}</Cell>
      <Cell isNumber>{event.sequence}</Cell>
    </TableRow>
  );
};
