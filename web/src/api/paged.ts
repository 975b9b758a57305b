import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { describeError } from "./describe-error.ts";

/** The state of a paged query as a list shows it. */
export const paged = <Page, Row>(
  query: UseInfiniteQueryResult<InfiniteData<Page>>,
  rowsOf: (page: Page) => readonly Row[],
) => ({
  rows: query.data?.pages.flatMap(rowsOf),
  error: query.error === null ? undefined : describeError(query.error),
  onRetry: () => void query.refetch(),
  more: query.hasNextPage ? { isBusy: query.isFetchingNextPage, onMore: () => void query.fetchNextPage() } : undefined,
});
