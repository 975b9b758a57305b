import { revokeApiKey, type ApiKey } from "@llm-tuner/contract/api-keys.ts";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/call.ts";
import { paged } from "../../api/paged.ts";
import { apiKeysQuery } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { ago } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { Cell, PagedTable, TableRow } from "../../ui/paged-table.tsx";
import { Status } from "../../ui/status.tsx";
import { showError } from "../../ui/toasts.tsx";
import { NewKey } from "./new-key.tsx";

const isExpired = ({ expires_at }: ApiKey): boolean => expires_at !== null && Date.parse(expires_at) < Date.now();

const KeyStatus = ({ apiKey }: { apiKey: ApiKey }) => {
  if (apiKey.revoked_at !== null) return <Status tone="danger">Revoked</Status>;
  return isExpired(apiKey) ? <Status tone="warning">Expired</Status> : <Status tone="success">Valid</Status>;
};

const Revoke = ({ apiKey }: { apiKey: ApiKey }) => {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => call(revokeApiKey, { params: { id: apiKey.id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: apiKeysQuery.queryKey }),
    onError: (error) => showError(error.message),
  });
  return (
    <Confirm
      trigger={
        <Button look="quiet" isBusy={revoke.isPending}>
          Revoke
        </Button>
      }
      title={`Revoke ${apiKey.name}?`}
      confirm="Revoke the key"
      onConfirm={() => revoke.mutate()}
    >
      Programs that use it are refused at once. This cannot be undone.
    </Confirm>
  );
};

const Keys = () => (
  <PagedTable
    {...paged(useInfiniteQuery(apiKeysQuery), (page) => page.api_keys)}
    titles={["Name", "Key", "May", "Last used", "Status", "Actions"]}
    empty={
      <EmptyState title="No keys yet">
        A program shows its key with each request, so that you see what it used and can shut it out.
      </EmptyState>
    }
    row={(apiKey) => (
      <TableRow key={apiKey.id}>
        <Cell>{apiKey.name}</Cell>
        <Cell>
          <code className="font-mono text-xs">{apiKey.prefix}…</code>
        </Cell>
        <Cell>{apiKey.scopes.join(", ")}</Cell>
        <Cell title={apiKey.last_used_at ?? undefined}>
          {apiKey.last_used_at === null ? "Never" : ago(apiKey.last_used_at)}
        </Cell>
        <Cell>
          <KeyStatus apiKey={apiKey} />
        </Cell>
        <Cell>{apiKey.revoked_at === null && <Revoke apiKey={apiKey} />}</Cell>
      </TableRow>
    )}
  />
);

export const KeysPage = () => (
  <Page title="Keys" subtitle="For programs that ask your models through the API.">
    <NewKey />
    <Keys />
  </Page>
);
