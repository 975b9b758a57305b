import { DatasetExample, DatasetMapping, DatasetReport, DatasetStatus } from "@llm-tuner/contract/datasets.ts";
import { ErrorDetails } from "@llm-tuner/contract/errors.ts";
import { z } from "zod";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { PagePosition } from "../platform/paging/cursor.ts";

/** Why a check failed, whole, so that the request that waits for it answers like any other failure. */
export const DatasetFailure = z.object({
  code: z.string(),
  status: z.int(),
  message: z.string(),
  details: ErrorDetails.optional(),
});
export type DatasetFailure = z.infer<typeof DatasetFailure>;

const DatasetRow = z
  .object({
    id: z.string(),
    user_id: z.string(),
    name: z.string(),
    file_ids: z.array(z.string()),
    source_bytes: z.coerce.number().int(),
    base_model: z.string(),
    mapping: DatasetMapping.nullable(),
    held_out_fraction: z.number(),
    status: DatasetStatus,
    progress: z.number(),
    attempts: z.int(),
    error: DatasetFailure.nullable(),
    report: DatasetReport.nullable(),
    created_at: z.date(),
  })
  .transform((row) => ({
    id: row.id,
    userId: row.user_id,
    name: row.name,
    fileIds: row.file_ids,
    sourceBytes: row.source_bytes,
    baseModel: row.base_model,
    mapping: row.mapping,
    heldOutFraction: row.held_out_fraction,
    status: row.status,
    progress: row.progress,
    attempts: row.attempts,
    error: row.error,
    report: row.report,
    createdAt: row.created_at,
  }));
/** A data set as the platform knows it. */
export type DatasetRecord = z.output<typeof DatasetRow>;

export type NewDataset = Pick<
  DatasetRecord,
  "id" | "userId" | "name" | "fileIds" | "sourceBytes" | "baseModel" | "mapping" | "heldOutFraction" | "createdAt"
>;

const columns =
  "id, user_id, name, file_ids, source_bytes, base_model, mapping, held_out_fraction, status, progress, attempts, error, report, created_at";

const Usage = z.object({ count: z.coerce.number(), bytes: z.coerce.number() });
const Id = z.object({ id: z.string() });
const Preview = z.object({ preview: z.array(DatasetExample).nullable() });

/** One attempt at checking a data set; a later one takes its place. */
export interface Attempt {
  id: string;
  attempt: number;
}

export interface CheckResult {
  report: DatasetReport;
  preview: readonly DatasetExample[];
  checkedAt: Date;
}

export function createDatasetsStore(database: Database) {
  return {
    /** Number and size of a person's data sets, who has no other ones added until the transaction ends. */
    usageForInsert: async (transaction: Queryable, userId: string) => {
      await transaction.execute("select pg_advisory_xact_lock(hashtextextended($1, 5))", [userId]);
      const text = "select count(*) as count, coalesce(sum(source_bytes), 0) as bytes from datasets where user_id = $1";
      return (await transaction.row(Usage, text, [userId])) ?? { count: 0, bytes: 0 };
    },

    insert: async (transaction: Queryable, dataset: NewDataset): Promise<void> => {
      await transaction.execute(
        `insert into datasets (id, user_id, name, file_ids, source_bytes, base_model, mapping, held_out_fraction, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          dataset.id,
          dataset.userId,
          dataset.name,
          dataset.fileIds,
          dataset.sourceBytes,
          dataset.baseModel,
          dataset.mapping === null ? null : JSON.stringify(dataset.mapping),
          dataset.heldOutFraction,
          dataset.createdAt,
        ],
      );
    },

    find: (id: string): Promise<DatasetRecord | undefined> =>
      database.row(DatasetRow, `select ${columns} from datasets where id = $1`, [id]),

    list: (userId: string, { limit, after }: { limit: number; after: PagePosition | null }): Promise<DatasetRecord[]> =>
      database.rows(
        DatasetRow,
        `select ${columns} from datasets
         where user_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3::text))
         order by created_at desc, id desc limit $4`,
        [userId, after?.createdAt ?? null, after?.id ?? null, limit],
      ),

    preview: async (id: string): Promise<DatasetExample[]> =>
      (await database.row(Preview, "select preview from datasets where id = $1", [id]))?.preview ?? [],

    /** Deletes a person's data set; false when there is none. */
    delete: async (transaction: Queryable, userId: string, id: string): Promise<boolean> =>
      (await transaction.execute("delete from datasets where id = $1 and user_id = $2", [id, userId])) > 0,

    /** Begins an attempt; undefined when the data set is checked already or was deleted. */
    beginCheck: (id: string): Promise<DatasetRecord | undefined> =>
      database.row(
        DatasetRow,
        `update datasets set attempts = attempts + 1, progress = 0 where id = $1 and status = 'checking' returning ${columns}`,
        [id],
      ),

    /** False when the attempt is no longer the one that counts. */
    setProgress: async ({ id, attempt }: Attempt, progress: number): Promise<boolean> => {
      const text = "update datasets set progress = $3 where id = $1 and attempts = $2 and status = 'checking'";
      return (await database.execute(text, [id, attempt, progress])) > 0;
    },

    /**
     * Makes a data set ready, after `place` brought its folder to its place. Nobody else decides about the data set
     * meanwhile; false, without a call of `place`, when the attempt is no longer the one that counts.
     */
    finishReady: ({ id, attempt }: Attempt, result: CheckResult, place: () => Promise<void>): Promise<boolean> =>
      database.transaction(async (transaction) => {
        const text = "select id from datasets where id = $1 and attempts = $2 and status = 'checking' for update";
        if (!(await transaction.row(Id, text, [id, attempt]))) return false;
        await place();
        await transaction.execute(
          "update datasets set status = 'ready', progress = 1, report = $2, preview = $3, checked_at = $4 where id = $1",
          [id, JSON.stringify(result.report), JSON.stringify(result.preview), result.checkedAt],
        );
        return true;
      }),

    finishInvalid: async ({ id, attempt }: Attempt, failure: DatasetFailure, checkedAt: Date): Promise<void> => {
      await database.execute(
        `update datasets set status = 'invalid', error = $3, checked_at = $4
         where id = $1 and attempts = $2 and status = 'checking'`,
        [id, attempt, JSON.stringify(failure), checkedAt],
      );
    },

    /** Those of the ids that a data set has. */
    knownIds: async (ids: readonly string[]): Promise<Set<string>> => {
      const rows = await database.rows(Id, "select id from datasets where id = any($1::text[])", [ids]);
      return new Set(rows.map(({ id }) => id));
    },
  };
}

export type DatasetsStore = ReturnType<typeof createDatasetsStore>;
