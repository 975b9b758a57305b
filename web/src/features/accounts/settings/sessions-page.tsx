import { revokeOtherSessions, revokeSession, type Session } from "@llm-tuner/contract/sessions.ts";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { sessionsQuery } from "../../../api/queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/card.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { ago, count, dateTime } from "../../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../../ui/paged-table.tsx";
import { Status } from "../../../ui/status.tsx";

const changes = [sessionsQuery.queryKey];

const End = ({ session }: { session: Session }) => {
  const end = useAct({
    act: () => call(revokeSession, { params: { id: session.id } }),
    changes,
    notice: `${session.device} is signed out.`,
  });
  return (
    <Confirm
      trigger={
        <Button look="quiet" isBusy={end.isPending} aria-label={`End the session on ${session.device}`}>
          End
        </Button>
      }
      title={`End the session on ${session.device}?`}
      confirm="End the session"
      onConfirm={() => end.mutate()}
    >
      The device at {session.address} is signed out at once and has to sign in again.
    </Confirm>
  );
};

const EndOthers = () => {
  const end = useAct({
    act: () => call(revokeOtherSessions, {}),
    changes,
    notice: ({ revoked }) => `${count(revoked)} other ${revoked === 1 ? "session has" : "sessions have"} ended.`,
  });
  return (
    <Confirm
      trigger={
        <Button look="danger" isBusy={end.isPending} className="self-start">
          End all other sessions
        </Button>
      }
      title="End all other sessions?"
      confirm="End the others"
      onConfirm={() => end.mutate()}
    >
      Every device but this one is signed out at once. Programs that use API keys go on.
    </Confirm>
  );
};

export const SessionsPage = () => {
  const { data, error, refetch } = useQuery(sessionsQuery);
  const hasOthers = data?.sessions.some(({ current }) => !current) === true;
  return (
    <>
      <p className="text-soft">Devices that are signed in to your account. End whatever you do not know.</p>
      <PagedTable
        titles={["Device", "Address", "Last used", "Signed in", "Ends", "Actions"]}
        rows={data?.sessions}
        error={error === null ? undefined : describeError(error)}
        onRetry={() => void refetch()}
        more={undefined}
        empty={<EmptyState title="No sessions">You are not signed in anywhere.</EmptyState>}
        row={(session) => (
          <TableRow key={session.id}>
            <Cell title={session.user_agent ?? undefined}>
              <span className="font-medium">{session.device}</span>
            </Cell>
            <Cell>{session.address}</Cell>
            <Cell title={dateTime(session.last_used_at)}>{ago(session.last_used_at)}</Cell>
            <Cell title={dateTime(session.created_at)}>{ago(session.created_at)}</Cell>
            <Cell title={dateTime(session.expires_at)}>{ago(session.expires_at)}</Cell>
            <Cell>{session.current ? <Status tone="success">This device</Status> : <End session={session} />}</Cell>
          </TableRow>
        )}
      />
      {hasOthers && <EndOthers />}
    </>
  );
};
