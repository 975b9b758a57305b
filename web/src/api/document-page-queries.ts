import { getBatchStatus } from "@llm-tuner/contract/document-jobs.ts";
import { getDocument, getDocumentPage } from "@llm-tuner/contract/documents.ts";
import { queryOptions } from "@tanstack/react-query";
import { authorisedFetch, call, errorOf } from "./call.ts";

export const documentKey = (id: string) => ["documents", id] as const;

/** A document; asked again while something is still being done to it. */
export const documentQuery = (id: string) =>
  queryOptions({
    queryKey: documentKey(id),
    queryFn: () => call(getDocument, { params: { id } }),
    refetchInterval: ({ state }) =>
      state.data?.status === "pending" || state.data?.status === "processing" ? 1500 : false,
  });

/** The documents before and after one in its job. */
export const neighboursQuery = ({ jobId, position }: { jobId: string; position: number }) =>
  queryOptions({
    queryKey: ["document-jobs", jobId, "neighbours", position],
    queryFn: async () => {
      const offset = Math.max(0, position - 1);
      const page = await call(getBatchStatus, { params: { job_id: jobId }, query: { offset, limit: 3 } });
      const { results, total } = page;
      return {
        total,
        before: results.find((document) => document.position < position)?.id,
        after: results.find((document) => document.position > position)?.id,
      };
    },
  });

/** A page as a picture, as the platform draws it; kept while the document is looked at. */
export const pagePictureQuery = (args: { id: string; page: number; width: number }) =>
  queryOptions({
    queryKey: [...documentKey(args.id), "pages", args.page, args.width],
    queryFn: async ({ signal }) => {
      const path = getDocumentPage.path.replace("{id}", args.id).replace("{page}", String(args.page));
      const response = await authorisedFetch(`${path}?width=${args.width}`, { method: "GET", signal });
      if (!response.ok) throw await errorOf(response);
      return response.blob();
    },
    staleTime: Infinity,
    gcTime: 60_000,
    retry: false,
  });
