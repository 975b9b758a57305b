import type { ProviderConnection } from "@llm-tuner/contract/providers.ts";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { describeError } from "../../../api/describe-error.ts";
import { connectionsQuery } from "../../../api/provider-queries.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/card.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { count } from "../../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../../ui/paged-table.tsx";
import { ConnectionForm } from "./connection-form.tsx";
import { ConnectionStatus, KeyEnd, sourceText } from "./connection-words.tsx";
import { kindWords } from "./provider-kinds.ts";

const ConnectionRow = ({ connection }: { connection: ProviderConnection }) => (
  <TableRow>
    <Cell>
      <Link
        to="/admin/providers/$connectionId"
        params={{ connectionId: connection.id }}
        className="font-medium text-accent-text hover:underline"
      >
        {connection.name}
      </Link>
      <div className="text-xs text-faint">{kindWords[connection.kind].word}</div>
    </Cell>
    <Cell>
      <span className="break-all">{connection.base_url}</span>
    </Cell>
    <Cell>
      <KeyEnd connection={connection} />
    </Cell>
    <Cell>{sourceText(connection)}</Cell>
    <Cell isNumber>{count(connection.models)}</Cell>
    <Cell>
      <ConnectionStatus connection={connection} />
    </Cell>
  </TableRow>
);

export const ConnectionsPage = () => {
  const { data, error, refetch } = useQuery(connectionsQuery);
  const [isOpen, setIsOpen] = useState(false);
  const navigate = useNavigate();
  const close = (): void => setIsOpen(false);
  const connect = (
    <Button look="primary" onClick={() => setIsOpen(true)}>
      Connect a provider
    </Button>
  );
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-3xl text-soft">
          Where hosted models are asked. API keys are kept encrypted and never shown again; programs never see them.
        </p>
        {data?.connections.length !== 0 && connect}
      </div>
      <PagedTable
        titles={["Connection", "Address", "API key", "Set in", "Models", "Status"]}
        numbers={["Models"]}
        rows={data?.connections}
        error={error === null ? undefined : describeError(error)}
        onRetry={() => void refetch()}
        more={undefined}
        empty={
          <EmptyState title="No providers yet" action={connect}>
            Connect OpenAI, Anthropic, Google Gemini or a server of your own, and its models stand beside yours behind
            one address.
          </EmptyState>
        }
        row={(connection) => <ConnectionRow key={connection.id} connection={connection} />}
      />
      <Dialog open={isOpen} onClose={close} title="Connect a provider">
        <ConnectionForm
          connection={undefined}
          onDone={({ id }) => {
            close();
            return navigate({ to: "/admin/providers/$connectionId", params: { connectionId: id } });
          }}
          onCancel={close}
        />
      </Dialog>
    </>
  );
};
