import { join } from "node:path";
import { z } from "zod";
import { appError } from "../../platform/errors.ts";
import type { Log } from "../../platform/log/log.ts";
import { createChildPool } from "../../platform/processes/child-pool.ts";
import type { AddressTable } from "./address-rows.ts";
import { SpreadsheetResult, type SpreadsheetRequest } from "./spreadsheet-messages.ts";
import { spreadsheetNotRead } from "./spreadsheets.errors.ts";

export interface SpreadsheetFile {
  path: string;
  fileName: string;
  /** Heading of the column of addresses; absent to take the one that holds most of them. */
  urlColumn?: string;
}

export interface SpreadsheetReader {
  /** Throws an error that names the places when the file cannot be used. */
  read(file: SpreadsheetFile, signal: AbortSignal): Promise<AddressTable>;
  close(): Promise<void>;
}

const mebibyte = 1024 ** 2;
const limits = {
  wallMs: () => 30_000,
  maxRssBytes: 768 * mebibyte,
  recycleAfter: 50,
  recycleAboveRssBytes: 256 * mebibyte,
  heapBytes: 512 * mebibyte,
  idleMs: 30_000,
};

/** Reads spreadsheets in a child process: a stranger's file may be made to fill a memory. */
export function createReadSpreadsheet({ log }: { log: Log }): SpreadsheetReader {
  const pool = createChildPool<SpreadsheetRequest, SpreadsheetResult, never>({
    modulePath: join(import.meta.dirname, "spreadsheet-child.ts"),
    size: 1,
    result: SpreadsheetResult,
    event: z.never(),
    limits,
    log,
  });
  return {
    async read({ path, fileName, urlColumn }, signal) {
      const request = { path, ...(urlColumn === undefined ? {} : { urlColumn }) };
      const outcome = await pool.run(request, { signal });
      if ("died" in outcome) throw spreadsheetNotRead(outcome.died);
      const { result } = outcome;
      if (result.ok) return { column: result.column, rows: result.rows };
      const places = (result.details?.places ?? [{}]).map((place) =>
        place.field === undefined ? { file: fileName.slice(0, 200), ...place } : place,
      );
      const { code, message } = result;
      throw appError({ code, status: 400, message, details: { ...result.details, places } });
    },
    close: () => pool.close(),
  };
}
