import { me } from "@llm-tuner/contract/accounts.ts";
import { getUser, listSigningKeys, listTiers, listUsers } from "@llm-tuner/contract/admin.ts";
import { listApiKeys } from "@llm-tuner/contract/api-keys.ts";
import { listAuditEvents } from "@llm-tuner/contract/audit.ts";
import { listBaseModels } from "@llm-tuner/contract/base-models.ts";
import { getDataset, previewDataset } from "@llm-tuner/contract/datasets.ts";
import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import { signInOptions } from "@llm-tuner/contract/external-sign-in.ts";
import { getModel, listModels } from "@llm-tuner/contract/models.ts";
import { listSessions } from "@llm-tuner/contract/sessions.ts";
import { getTrainingJob, isFinalJobStatus, listTrainingJobs } from "@llm-tuner/contract/training.ts";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, type CallInput } from "./call.ts";

const pageSize = 30;

/** What the client reads from the platform, with the key that names it and when it is asked again. */
export const baseModelsQuery = queryOptions({
  queryKey: ["base-models"],
  queryFn: () => call(listBaseModels, {}),
  staleTime: 60_000,
});

export const datasetQuery = (id: string) =>
  queryOptions({
    queryKey: ["datasets", id],
    queryFn: () => call(getDataset, { params: { id } }),
    refetchInterval: ({ state }) => (state.data?.status === "checking" ? 1000 : false),
  });

export const datasetPreviewQuery = (id: string) =>
  queryOptions({
    queryKey: ["datasets", id, "preview"],
    queryFn: () => call(previewDataset, { params: { id }, query: { limit: 5 } }),
  });

export const jobQuery = (jobName: string) =>
  queryOptions({
    queryKey: ["jobs", jobName],
    queryFn: () => call(getTrainingJob, { params: { job_name: jobName } }),
    // The model appears a moment after the job has completed.
    refetchInterval: ({ state }) => {
      const job = state.data;
      const isSettled =
        job !== undefined && isFinalJobStatus(job.status) && (job.status !== "Completed" || job.model_id !== null);
      return isSettled ? false : 2000;
    },
  });

export const jobsQuery = infiniteQueryOptions({
  queryKey: ["jobs"],
  queryFn: ({ pageParam }) =>
    call(listTrainingJobs, { query: { limit: pageSize, ...(pageParam === "" ? {} : { cursor: pageParam }) } }),
  initialPageParam: "",
  getNextPageParam: ({ next_cursor }) => next_cursor,
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.training_jobs.some(({ status }) => !isFinalJobStatus(status))) === true
      ? 2000
      : false,
});

export const modelQuery = (id: string) =>
  queryOptions({
    queryKey: ["models", id],
    queryFn: () => call(getModel, { params: { id } }),
    refetchInterval: ({ state }) => (state.data?.parity.verdict === "pending" ? 1500 : false),
  });

export const modelsQuery = infiniteQueryOptions({
  queryKey: ["models"],
  queryFn: ({ pageParam }) =>
    call(listModels, { query: { limit: pageSize, ...(pageParam === "" ? {} : { cursor: pageParam }) } }),
  initialPageParam: "",
  getNextPageParam: ({ next_cursor }) => next_cursor,
});

export const apiKeysQuery = infiniteQueryOptions({
  queryKey: ["api-keys"],
  queryFn: ({ pageParam }) =>
    call(listApiKeys, { query: { limit: pageSize, ...(pageParam === "" ? {} : { cursor: pageParam }) } }),
  initialPageParam: "",
  getNextPageParam: ({ next_cursor }) => next_cursor,
});

export const meQuery = queryOptions({ queryKey: ["me"], queryFn: () => call(me, {}), staleTime: 30_000 });

export const signInOptionsQuery = queryOptions({
  queryKey: ["sign-in-options"],
  queryFn: () => call(signInOptions, {}),
  staleTime: 60_000,
});

export const sessionsQuery = queryOptions({ queryKey: ["sessions"], queryFn: () => call(listSessions, {}) });

type Filters<E extends Endpoint> = Omit<NonNullable<CallInput<E>["query"]>, "limit" | "cursor">;

export const usersQuery = (filters: Filters<typeof listUsers>) =>
  infiniteQueryOptions({
    queryKey: ["users", "list", filters],
    queryFn: ({ pageParam }) =>
      call(listUsers, {
        query: { ...filters, limit: pageSize, ...(pageParam === "" ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });

export const userQuery = (id: string) =>
  queryOptions({ queryKey: ["users", "one", id], queryFn: () => call(getUser, { params: { id } }) });

export const signingKeysQuery = queryOptions({ queryKey: ["signing-keys"], queryFn: () => call(listSigningKeys, {}) });

export const tiersQuery = queryOptions({ queryKey: ["tiers"], queryFn: () => call(listTiers, {}), staleTime: 10_000 });

export type AuditFilters = Filters<typeof listAuditEvents>;

export const auditQuery = (filters: AuditFilters) =>
  infiniteQueryOptions({
    queryKey: ["audit", filters],
    queryFn: ({ pageParam }) =>
      call(listAuditEvents, {
        query: { ...filters, limit: pageSize, ...(pageParam === "" ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
