import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { describeError } from "../../api/describe-error.ts";
import { modelsQuery } from "../../api/queries.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { EmptyState, Skeleton } from "../../ui/card.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { ago, bytes } from "../../ui/format.ts";
import { Page } from "../../ui/page.tsx";
import { ParityStatus } from "./parity.tsx";

const titles = ["Model", "Held-out loss", "Parity", "Size", "Made"] as const;

const Models = () => {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery(modelsQuery);
  if (error !== null) return <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton className="h-48" />;
  const models = data.pages.flatMap((page) => page.models);
  if (models.length === 0) {
    return (
      <EmptyState
        title="No models yet"
        action={
          <Link to="/tuning/new" className={buttonClass("primary")}>
            New run
          </Link>
        }
      >
        A model appears here when its run has completed and what it serves has been compared with what was trained.
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
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <tr key={model.id} className="border-b border-line last:border-0 hover:bg-hover">
                <td className="px-4 py-2">
                  <Link
                    to="/models/$modelId"
                    params={{ modelId: model.id }}
                    className="font-medium text-accent-text hover:underline"
                  >
                    {model.name}
                  </Link>
                </td>
                <td className="px-4 py-2">
                  {model.held_out_loss_before?.toFixed(3) ?? "–"} → {model.held_out_loss_after?.toFixed(3) ?? "–"}
                </td>
                <td className="px-4 py-2">
                  <ParityStatus parity={model.parity} />
                </td>
                <td className="px-4 py-2">{bytes(model.size_bytes)}</td>
                <td className="px-4 py-2 text-soft" title={model.created_at}>
                  {ago(model.created_at)}
                </td>
              </tr>
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

export const ModelsPage = () => (
  <Page title="Models" subtitle="Models that you have tuned, newest first.">
    <Models />
  </Page>
);
