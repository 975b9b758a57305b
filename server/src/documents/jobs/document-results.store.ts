import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const TextRow = z.object({ text: z.string() });
const JobRow = z.object({ job_id: z.string() });
const RevisionRow = z
  .object({ id: z.string(), revision: z.coerce.number() })
  .transform(({ id, revision }) => ({ id, revision }));

/** What came of documents, for whoever follows a job. */
export const documentResultsStore = {
  /** The beginning of a document's text. */
  async textOf(queryable: Queryable, documentId: string, maxCharacters: number): Promise<string | undefined> {
    const text = "select left(text, $2) as text from document_texts where document_id = $1";
    return (await queryable.row(TextRow, text, [documentId, maxCharacters]))?.text;
  },

  async jobIdOf(queryable: Queryable, documentId: string): Promise<string | undefined> {
    return (await queryable.row(JobRow, "select job_id from documents where id = $1", [documentId]))?.job_id;
  },

  /** Documents of a job that changed after a revision, in the order of their changes. */
  changedDocuments(
    queryable: Queryable,
    { jobId, after, limit }: { jobId: string; after: number; limit: number },
  ): Promise<z.infer<typeof RevisionRow>[]> {
    const text = "select id, revision from documents where job_id = $1 and revision > $2 order by revision limit $3";
    return queryable.rows(RevisionRow, text, [jobId, after, limit]);
  },
};

export type DocumentResultsStore = typeof documentResultsStore;
