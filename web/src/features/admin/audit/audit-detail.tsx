import type { AuditEvent } from "@llm-tuner/contract/audit.ts";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Copyable } from "../../../ui/copy.tsx";
import { dateTime } from "../../../ui/format.ts";
import { RawJson } from "../../../ui/raw-json.tsx";
import type { AuditSearch } from "./audit-filters.ts";
import { actorWords, detailsText } from "./audit-words.ts";

interface AuditDetailProps {
  event: AuditEvent;
  onFilters(filters: AuditSearch): void;
}

const Line = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="grid grid-cols-[7rem_1fr] gap-2 py-1">
    <dt className="text-faint">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </div>
);

const FilterLink = ({ children, onPress }: { children: ReactNode; onPress(): void }) => (
  <button type="button" className="text-accent-text hover:underline" onClick={onPress}>
    {children}
  </button>
);

const Actor = ({ event: { actor }, onFilters }: AuditDetailProps) => {
  const id = actor.api_key_id ?? actor.user_id;
  return (
    <>
      {actorWords[actor.kind]}
      {actor.user_id !== null && (
        <div>
          <Link
            to="/admin/users/$userId"
            params={{ userId: actor.user_id }}
            className="font-mono text-xs text-accent-text hover:underline"
          >
            {actor.user_id}
          </Link>
        </div>
      )}
      {actor.api_key_id !== null && <Copyable text={actor.api_key_id} />}
      {id !== null && (
        <div>
          <FilterLink onPress={() => onFilters({ actor: id })}>Everything by them</FilterLink>
        </div>
      )}
    </>
  );
};

/** One entry whole: in words, and as the log keeps it. */
export const AuditDetail = (props: AuditDetailProps) => {
  const { event, onFilters } = props;
  const { target } = event;
  return (
    <>
      <dl className="mb-3">
        <Line name="When">{dateTime(event.at)}</Line>
        <Line name="By">
          <Actor {...props} />
        </Line>
        {target !== null && (
          <Line name={`On ${target.kind.replaceAll("_", " ")}`}>
            <Copyable text={target.id} />
            <div>
              <FilterLink onPress={() => onFilters({ target: target.id })}>Everything on it</FilterLink>
            </div>
          </Line>
        )}
        {Object.keys(event.details).length > 0 && <Line name="Details">{detailsText(event.details)}</Line>}
        <Line name="Address">{event.address ?? "–"}</Line>
        <Line name="Program">{event.user_agent ?? "–"}</Line>
        <Line name="Request">{event.request_id === null ? "–" : <Copyable text={event.request_id} />}</Line>
      </dl>
      <RawJson value={event} open />
    </>
  );
};
