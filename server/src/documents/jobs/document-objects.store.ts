import { z } from "zod";
import type { Queryable } from "../../platform/database/database.ts";

const KeyRow = z.object({ object_key: z.string() });

/** Those of the keys that a document has. */
export async function knownObjectKeys(queryable: Queryable, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const text = "select object_key from documents where object_key = any($1::text[])";
  const rows = await queryable.rows(KeyRow, text, [keys]);
  return new Set(rows.map((row) => row.object_key));
}

const FileRow = z
  .object({ id: z.string(), file_name: z.string(), object_key: z.string() })
  .transform(({ id, file_name, object_key }) => ({ id, fileName: file_name, objectKey: object_key }));

const atOnce = 200;

/** Every stored file of a person's documents. */
export async function* storedFilesOf(queryable: Queryable, userId: string): AsyncGenerator<z.infer<typeof FileRow>> {
  let after = "";
  for (;;) {
    const rows = await queryable.rows(
      FileRow,
      `select id, file_name, object_key from documents
       where user_id = $1 and object_key is not null and id > $2 order by id limit $3`,
      [userId, after, atOnce],
    );
    yield* rows;
    if (rows.length < atOnce) return;
    after = rows.at(-1)?.id ?? "";
  }
}
