import { z } from "zod";
import type { DocumentLibrary } from "../../server/src/documents/library/library.ts";
import type { Database } from "../../server/src/platform/database/database.ts";
import type { TextSource } from "./search-texts.ts";
import { createRandom } from "./search-texts.ts";

interface AddedDocuments {
  database: Database;
  library: Pick<DocumentLibrary, "recordTags" | "indexDocument">;
  source: TextSource;
  userId: string;
  documents: number;
  characters: number;
}

const inOneTransaction = 50;
const differentTags = 300;
const languages = ["en", "en", "en", "de", "fr", "es"];

/** More than none where a folder of an earlier run is used. */
export async function countDocuments(database: Database): Promise<number> {
  const row = await database.row(z.object({ count: z.coerce.number() }), "select count(*) as count from documents");
  return row?.count ?? 0;
}

/** Documents as the work on them leaves them, indexed by the server's own code; resolves to the milliseconds it took. */
export async function addDocuments(options: AddedDocuments): Promise<number> {
  const { database, library, source, userId, documents, characters } = options;
  const random = createRandom(2);
  const startedMs = performance.now();
  await database.execute(
    "insert into users (id, email, password_hash, created_at) values ($1, 'b@example.org', 'x', now())",
    [userId],
  );
  await database.execute(
    "insert into document_jobs (id, user_id, job_type, name, options, created_at) values ('batch_bench00000000000000000', $1, 'batch', 'bench', '{}', now())",
    [userId],
  );
  for (let start = 0; start < documents; start += inOneTransaction) {
    await database.transaction(async (transaction) => {
      for (let index = start; index < Math.min(start + inOneTransaction, documents); index += 1) {
        const documentId = `doc_bench${String(index).padStart(17, "0")}`;
        await transaction.execute(
          `insert into documents (id, job_id, user_id, position, title, file_name, status, bytes, page_count, word_count,
             language, tagger, cost_nano_usd, created_at, completed_at)
           values ($1, 'batch_bench00000000000000000', $2, $3::integer, $4, $5, $6, 100000, $7, 500, $8, 'offline', $9,
             now() - $3::integer * interval '1 minute', now())`,
          [
            documentId,
            userId,
            index,
            source.text(40),
            `file-${index}.pdf`,
            index % 20 === 0 ? "failed" : "completed",
            1 + Math.floor(random() * 60),
            languages[index % languages.length],
            Math.floor(random() * 10_000_000),
          ],
        );
        await transaction.execute("insert into document_texts (document_id, text) values ($1, $2)", [
          documentId,
          source.text(characters),
        ]);
        const tags = Array.from({ length: 5 }, () => {
          // A few tags are on many documents.
          const name = `tag ${Math.floor(differentTags * random() ** 2)}`;
          return { name, isNew: false, source: "offline" as const };
        });
        await library.recordTags(transaction, {
          documentId,
          userId,
          tags,
          autoAccept: random() < 0.5 ? "all" : "none",
        });
        await library.indexDocument(transaction, documentId);
      }
    });
  }
  return performance.now() - startedMs;
}
