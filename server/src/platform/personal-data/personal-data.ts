import { Readable } from "node:stream";

/** One file of a person's archive; it is opened when its turn comes. */
export interface ArchiveFile {
  /** Path inside the domain's folder, without `..` or a leading slash. */
  name: string;
  open(): Promise<Readable>;
}

/** What a domain keeps of a person: for the archive that they may ask for, and for the end of their account. */
export interface PersonalData {
  files(userId: string): AsyncIterable<ArchiveFile>;
  /**
   * Ends what runs for the person and removes what lies outside the database, or would outlive their row there. May be
   * called again after a crash: what is gone already is no error.
   */
  erase(userId: string): Promise<void>;
}

const atOnce = 100;

/** All rows of a paged list, page by page. */
export async function* allRows<Row>(
  readPage: (page: { limit: number; cursor?: string }) => Promise<{ rows: readonly Row[]; nextCursor: string | null }>,
): AsyncGenerator<Row> {
  let page = await readPage({ limit: atOnce });
  yield* page.rows;
  while (page.nextCursor !== null) {
    page = await readPage({ limit: atOnce, cursor: page.nextCursor });
    yield* page.rows;
  }
}

async function* lines(rows: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/** A file with one JSON object a line; the rows are read while it is written. */
export const jsonLines = (name: string, rows: () => AsyncIterable<unknown>): ArchiveFile => ({
  name,
  open: async () => Readable.from(lines(rows())),
});
