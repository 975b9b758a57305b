import { FileWarning, TrainingFileType } from "@llm-tuner/contract/files.ts";
import { z } from "zod";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { PagePosition } from "../platform/paging/cursor.ts";

const FileRow = z
  .object({
    id: z.string(),
    user_id: z.string(),
    original_name: z.string(),
    type: TrainingFileType,
    bytes: z.coerce.number().int(),
    sha256: z.string(),
    object_key: z.string(),
    encoding: z.string(),
    row_count: z.coerce.number().int(),
    columns: z.array(z.string()).nullable(),
    content_preview: z.string(),
    warnings: z.array(FileWarning),
    created_at: z.date(),
  })
  .transform((row) => ({
    id: row.id,
    userId: row.user_id,
    originalName: row.original_name,
    type: row.type,
    bytes: row.bytes,
    sha256: row.sha256,
    objectKey: row.object_key,
    encoding: row.encoding,
    rows: row.row_count,
    columns: row.columns,
    preview: row.content_preview,
    warnings: row.warnings,
    createdAt: row.created_at,
  }));
/** A file as the platform knows it. */
export type FileRecord = z.output<typeof FileRow>;

const columns =
  "id, user_id, original_name, type, bytes, sha256, object_key, encoding, row_count, columns, content_preview, warnings, created_at";

const Total = z.object({ bytes: z.coerce.number() });
const Key = z.object({ object_key: z.string() });

export function createFilesStore(database: Database) {
  const usedBytes = async (queryable: Pick<Database, "row">, userId: string): Promise<number> =>
    (await queryable.row(Total, "select coalesce(sum(bytes), 0) as bytes from files where user_id = $1", [userId]))
      ?.bytes ?? 0;

  return {
    usedBytes: (userId: string) => usedBytes(database, userId),

    /** Writes all files or, when the person's files would then take more than `quotaBytes`, none; says which. */
    insertWithinQuota: (userId: string, files: readonly FileRecord[], quotaBytes: number): Promise<boolean> =>
      database.transaction(async (transaction) => {
        // Uploads of one person take turns here, so that two at once cannot both fit into the last free space.
        await transaction.execute("select pg_advisory_xact_lock(hashtextextended($1, 4))", [userId]);
        const added = files.reduce((sum, file) => sum + file.bytes, 0);
        if ((await usedBytes(transaction, userId)) + added > quotaBytes) return false;
        for (const file of files) {
          await transaction.execute(
            `insert into files (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
            [
              file.id,
              file.userId,
              file.originalName,
              file.type,
              file.bytes,
              file.sha256,
              file.objectKey,
              file.encoding,
              file.rows,
              file.columns,
              file.preview,
              JSON.stringify(file.warnings),
              file.createdAt,
            ],
          );
        }
        return true;
      }),

    list: (userId: string, { limit, after }: { limit: number; after: PagePosition | null }): Promise<FileRecord[]> =>
      database.rows(
        FileRow,
        `select ${columns} from files
         where user_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3::text))
         order by created_at desc, id desc limit $4`,
        [userId, after?.createdAt ?? null, after?.id ?? null, limit],
      ),

    find: (fileId: string): Promise<FileRecord | undefined> =>
      database.row(FileRow, `select ${columns} from files where id = $1`, [fileId]),

    /** By id, or else the newest of that name. */
    findByNameOrId: (userId: string, nameOrId: string): Promise<FileRecord | undefined> =>
      database.row(
        FileRow,
        `select ${columns} from files where user_id = $1 and (id = $2 or original_name = $2)
         order by (id = $2) desc, created_at desc, id desc limit 1`,
        [userId, nameOrId],
      ),

    /** Deletes the row of a person's file and returns the key of its object. */
    delete: async (transaction: Queryable, userId: string, fileId: string): Promise<string | undefined> => {
      const text = "delete from files where id = $1 and user_id = $2 returning object_key";
      return (await transaction.row(Key, text, [fileId, userId]))?.object_key;
    },

    /** Those of the keys that a file has. */
    knownKeys: async (keys: readonly string[]): Promise<Set<string>> => {
      const text = "select object_key from files where object_key = any($1::text[])";
      const rows = await database.rows(Key, text, [keys]);
      return new Set(rows.map((row) => row.object_key));
    },
  };
}

export type FilesStore = ReturnType<typeof createFilesStore>;
