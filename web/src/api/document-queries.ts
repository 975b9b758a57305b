import {
  getBatchStatus,
  listDocumentJobs,
  type DocumentJob,
  type DocumentJobStatus,
} from "@llm-tuner/contract/document-jobs.ts";
import {
  getDocumentStats,
  listDocuments,
  searchDocuments,
  type DocumentStatus,
} from "@llm-tuner/contract/documents.ts";
import { getTaggingQuality, getTaggingSettings } from "@llm-tuner/contract/tagging.ts";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call, type CallInput } from "./call.ts";

/** Everything about documents and their jobs stands under these keys: what is changed of one shows in lists and sums. */
export const documentsKey = ["documents"];
export const documentJobsKey = ["document-jobs"];
export const taggingKey = ["tagging"];

const pageSize = 50;

/** Offset of a page, which people count from 1. */
const offsetOf = (page: number | undefined): number => ((page ?? 1) - 1) * pageSize;

const endedStatuses: ReadonlySet<DocumentJobStatus> = new Set(["completed", "failed", "partial", "cancelled"]);

/** Nothing of it will change by itself any more. */
export const isEnded = ({ status }: Pick<DocumentJob, "status">): boolean => endedStatuses.has(status);

export const documentStatsQuery = queryOptions({
  queryKey: [...documentsKey, "stats"],
  queryFn: () => call(getDocumentStats, {}),
  staleTime: 5000,
  refetchInterval: 15_000,
});

export type DocumentJobFilters = Omit<NonNullable<CallInput<typeof listDocumentJobs>["query"]>, "limit" | "offset">;

const listed = { staleTime: 2000, placeholderData: keepPreviousData } as const;

export const documentJobsQuery = (filters: DocumentJobFilters, page?: number) =>
  queryOptions({
    queryKey: [...documentJobsKey, "list", filters, page ?? 1],
    queryFn: () => call(listDocumentJobs, { query: { ...filters, limit: pageSize, offset: offsetOf(page) } }),
    ...listed,
    refetchInterval: ({ state }) => (state.data?.jobs.some((job) => !isEnded(job)) === true ? 2000 : false),
  });

const runningLimit = 20;

/** How often running jobs are asked for: those that are paused wait for somebody. */
const runningEveryMs = (jobs: readonly DocumentJob[]): number | false => {
  if (jobs.length === 0) return false;
  return jobs.some(({ paused }) => paused === null) ? 3000 : 30_000;
};

/** Jobs that have not ended, those that are worked on first. */
export const runningJobsQuery = queryOptions({
  queryKey: [...documentJobsKey, "running"],
  queryFn: async () => {
    const [processing, pending] = await Promise.all(
      (["processing", "pending"] as const).map((status) =>
        call(listDocumentJobs, { query: { status, limit: runningLimit } }),
      ),
    );
    return [...(processing?.jobs ?? []), ...(pending?.jobs ?? [])];
  },
  staleTime: 2000,
  refetchInterval: ({ state }) => runningEveryMs(state.data ?? []),
});

export type DocumentFilters = Omit<NonNullable<CallInput<typeof listDocuments>["query"]>, "limit" | "offset">;

export const documentsQuery = (filters: DocumentFilters, page?: number) =>
  queryOptions({
    queryKey: [...documentsKey, "list", filters, page ?? 1],
    queryFn: () => call(listDocuments, { query: { ...filters, limit: pageSize, offset: offsetOf(page) } }),
    ...listed,
    refetchInterval: ({ state }) =>
      state.data?.documents.some(({ status }) => status === "pending" || status === "processing") === true
        ? 3000
        : false,
  });

export const documentJobQuery = (
  jobId: string,
  { status, page }: { status?: DocumentStatus | undefined; page?: number | undefined },
) =>
  queryOptions({
    queryKey: [...documentJobsKey, jobId, "results", status ?? "all", page ?? 1],
    queryFn: () =>
      call(getBatchStatus, {
        params: { job_id: jobId },
        query: { limit: pageSize, offset: offsetOf(page), ...(status === undefined ? {} : { status }) },
      }),
    placeholderData: keepPreviousData,
  });

export type SearchFilters = Omit<NonNullable<CallInput<typeof searchDocuments>["query"]>, "limit" | "offset">;

export const documentSearchQuery = (filters: SearchFilters, page?: number) =>
  queryOptions({
    queryKey: [...documentsKey, "search", filters, page ?? 1],
    queryFn: () => call(searchDocuments, { query: { ...filters, limit: pageSize, offset: offsetOf(page) } }),
    ...listed,
  });

export const taggingSettingsQuery = queryOptions({
  queryKey: [...taggingKey, "settings"],
  queryFn: () => call(getTaggingSettings, {}),
  staleTime: 10_000,
});

export const taggingQualityQuery = queryOptions({
  queryKey: [...taggingKey, "quality"],
  queryFn: () => call(getTaggingQuality, {}),
  refetchInterval: ({ state }) =>
    state.data?.evaluations.some(({ status }) => status === "running") === true ? 1500 : false,
});
