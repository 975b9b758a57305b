import { rotateSigningKeys } from "@llm-tuner/contract/admin.ts";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { signingKeysQuery } from "../../api/queries.ts";
import { useAct } from "../../api/use-act.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { ago, dateTime } from "../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../ui/paged-table.tsx";
import { Status } from "../../ui/status.tsx";

const states = {
  next: { tone: "neutral", word: "Next: published, not yet in use" },
  signing: { tone: "success", word: "Signing" },
  verify_only: { tone: "warning", word: "Only verifies what it signed" },
} as const;

export const SigningKeysPage = () => {
  const keys = useQuery(signingKeysQuery);
  const rotate = useAct({
    act: () => call(rotateSigningKeys, {}),
    changes: [signingKeysQuery.queryKey],
    notice: "The next key signs from now on.",
  });
  return (
    <>
      <Card title="Signing keys of access tokens">
        <p className="mb-4 max-w-3xl text-soft">
          Access tokens are signed with a key that changes by itself from time to time. Change it now when you fear that
          somebody has seen it. Nobody is signed out: the old key verifies what it signed until that has expired.
        </p>
        <Confirm
          trigger={
            <Button look="danger" isBusy={rotate.isPending}>
              Rotate the keys
            </Button>
          }
          title="Rotate the signing keys?"
          confirm="Rotate the keys"
          onConfirm={() => rotate.mutate()}
        >
          The next key signs from now on. Programs that check tokens themselves find it in /.well-known/jwks.json.
        </Confirm>
      </Card>
      <PagedTable
        titles={["Key", "Algorithm", "State", "Since"]}
        rows={keys.data?.keys}
        error={keys.error === null ? undefined : describeError(keys.error)}
        onRetry={() => void keys.refetch()}
        more={undefined}
        empty={null}
        row={(key) => (
          <TableRow key={key.kid}>
            <Cell>
              <code className="font-mono text-xs">{key.kid}</code>
            </Cell>
            <Cell>{key.algorithm}</Cell>
            <Cell>
              <Status tone={states[key.state].tone}>{states[key.state].word}</Status>
            </Cell>
            <Cell title={dateTime(key.since)}>{ago(key.since)}</Cell>
          </TableRow>
        )}
      />
    </>
  );
};
