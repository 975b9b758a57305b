import type { Database } from "../database/database.ts";
import type { EncryptedColumn } from "./encrypted-column.ts";
import { type CiphertextPlace, DecryptionError, type Envelope } from "./envelope.ts";
import { rewrapStore as store } from "./rewrap.store.ts";

interface RewrapOptions {
  database: Database;
  envelope: Envelope;
  columns: readonly EncryptedColumn[];
  batchSize?: number;
  /** Called after each batch. */
  onProgress?: (place: Pick<CiphertextPlace, "table" | "column">, changed: number) => void;
}

export interface RewrapResult {
  changed: number;
  /** What no key that is known decrypts, in words; it is left as it is. */
  unreadable: string[];
}

const defaultBatchSize = 500;

async function rewrapColumn(options: RewrapOptions, column: EncryptedColumn, result: RewrapResult): Promise<void> {
  const { database, envelope, batchSize = defaultBatchSize, onProgress } = options;
  const place = { table: column.table, column: column.column };
  let after = "";
  for (;;) {
    const exceptHeader = envelope.presentHeader();
    const page = await store.listPage(database, column, { after, limit: batchSize, exceptHeader });
    for (const { row, ciphertext } of page) {
      after = row;
      try {
        const rewrapped = envelope.rewrap(ciphertext, { ...place, row });
        if (rewrapped === undefined) continue;
        // One statement each: it may be cut off anywhere, and never holds the rows of two people at once.
        result.changed += await store.replace(database, column, { row, before: ciphertext, after: rewrapped });
      } catch (error) {
        if (!(error instanceof DecryptionError)) throw error;
        result.unreadable.push(error.message);
      }
    }
    onProgress?.(place, result.changed);
    if (page.length < batchSize) return;
  }
}

/**
 * Brings every encrypted column under the present master key while servers run. Done again after a crash it goes on with
 * what is left; done again after the end it changes nothing.
 */
export async function rewrapAll(options: RewrapOptions): Promise<RewrapResult> {
  const result: RewrapResult = { changed: 0, unreadable: [] };
  for (const column of options.columns) await rewrapColumn(options, column, result);
  return result;
}

/** Decrypts one value of each column, so that a wrong master key is noticed before anything is written under it. */
export async function requireReadable({ database, envelope, columns }: RewrapOptions): Promise<void> {
  for (const column of columns) {
    const found = await store.any(database, column);
    if (found !== undefined) {
      envelope.decrypt(found.ciphertext, { table: column.table, column: column.column, row: found.row });
    }
  }
}
