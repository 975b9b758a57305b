import { AppError } from "../../platform/errors.ts";
import { serveRequests } from "../../platform/processes/child-pool-server.ts";
import { parseSpreadsheet } from "./parse-spreadsheet.ts";
import type { SpreadsheetRequest, SpreadsheetResult } from "./spreadsheet-messages.ts";

serveRequests(async (request: SpreadsheetRequest): Promise<SpreadsheetResult> => {
  try {
    return { ok: true, ...(await parseSpreadsheet(request)) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details } = error;
    return { ok: false, code, message, ...(details === undefined ? {} : { details }) };
  }
});
