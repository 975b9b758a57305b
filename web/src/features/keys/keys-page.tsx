import { revokeApiKey, type ApiKey } from "@llm-tuner/contract/api-keys.ts";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { apiKeysQuery } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState, Skeleton } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { ago } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { showError } from "../../ui/toasts.tsx";
import { NewKey } from "./new-key.tsx";

const titles = ["Name", "Key", "May", "Last used", "Status", ""] as const;

const isExpired = ({ expires_at }: ApiKey): boolean => expires_at !== null && Date.parse(expires_at) < Date.now();

const KeyStatus = ({ apiKey }: { apiKey: ApiKey }) => {
  if (apiKey.revoked_at !== null) return <Status tone="danger">Revoked</Status>;
  return isExpired(apiKey) ? <Status tone="warning">Expired</Status> : <Status tone="success">Valid</Status>;
};

const Row = ({ apiKey }: { apiKey: ApiKey }) => {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => call(revokeApiKey, { params: { id: apiKey.id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: apiKeysQuery.queryKey }),
    onError: (error) => showError(error.message),
  });
  return (
    <tr className="border-b border-line last:border-0">
      <td className="px-4 py-2 font-medium">{apiKey.name}</td>
      <td className="px-4 py-2 font-mono text-xs">{apiKey.prefix}…</td>
      <td className="px-4 py-2 text-soft">{apiKey.scopes.join(", ")}</td>
      <td className="px-4 py-2 text-soft" title={apiKey.last_used_at ?? undefined}>
        {apiKey.last_used_at === null ? "Never" : ago(apiKey.last_used_at)}
      </td>
      <td className="px-4 py-2">
        <KeyStatus apiKey={apiKey} />
      </td>
      <td className="px-4 py-2 text-right">
        {apiKey.revoked_at === null && (
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
        )}
      </td>
    </tr>
  );
};

const Keys = () => {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery(apiKeysQuery);
  if (error !== null) return <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton className="h-32" />;
  const keys = data.pages.flatMap((page) => page.api_keys);
  if (keys.length === 0) {
    return (
      <EmptyState title="No keys yet">
        A program shows its key with each request, so that you see what it used and can shut it out.
      </EmptyState>
    );
  }
  return (
    <>
      <div className="overflow-x-auto rounded-lg border border-line bg-raised">
        <table className="w-full text-left">
          <thead className="border-b border-line text-xs text-faint">
            <tr>
              {titles.map((title) => (
                <th key={title} scope="col" className="px-4 py-2 font-medium">
                  {title === "" ? <span className="sr-only">Actions</span> : title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {keys.map((apiKey) => (
              <Row key={apiKey.id} apiKey={apiKey} />
            ))}
          </tbody>
        </table>
      </div>
      {hasNextPage && (
        <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  );
};

export const KeysPage = () => (
  <Page title="Keys" subtitle="For programs that ask your models through the API.">
    <NewKey />
    <Keys />
  </Page>
);
