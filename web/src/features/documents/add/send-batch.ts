import { BatchEstimate, StartedDocumentJob, processBatch } from "@llm-tuner/contract/document-jobs.ts";
import { call } from "../../../api/call.ts";
import { estimateUpload, uploadBatch } from "../../../api/document-upload.ts";
import { addressFault, addressesOf, formOf, optionsOf, type AddValues } from "./add-values.ts";
import type { Source } from "./source-fields.tsx";

/** Why nothing can be sent yet, in words. */
export const obstacleOf = ({ kind, files, addresses, sheetUrl }: Source): string | undefined => {
  switch (kind) {
    case "files":
      return files.length === 0 ? "Choose files first." : undefined;
    case "addresses": {
      const found = addressesOf(addresses);
      return found.length === 0 ? "Paste addresses first." : addressFault(found);
    }
    case "sheet":
      return sheetUrl.trim() === "" ? "Give the address of the spreadsheet first." : addressFault([sheetUrl.trim()]);
  }
};

/** Names everything that an estimate depends on: another source or another option needs another one. */
export const keyOf = (source: Source, values: AddValues): string => {
  const { kind, addresses, sheetUrl } = source;
  const files = source.files.map(({ name, size, lastModified }) => `${name} ${size} ${lastModified}`);
  return JSON.stringify([kind, { files, addresses, sheet: sheetUrl }[kind], { ...values, name: "", budgetUsd: "" }]);
};

interface Sending {
  source: Source;
  values: AddValues;
  onProgress(share: number): void;
  signal: AbortSignal;
}

const requestOf = ({ source, values }: Sending) => ({
  ...optionsOf(values),
  ...(source.kind === "sheet" ? { spreadsheet_url: source.sheetUrl.trim() } : { urls: addressesOf(source.addresses) }),
});

export const startBatch = async (sending: Sending): Promise<StartedDocumentJob> => {
  const { source, values, onProgress, signal } = sending;
  if (source.kind === "files") {
    return uploadBatch({ form: formOf(optionsOf(values), source.files, false), onProgress, signal });
  }
  return StartedDocumentJob.parse(await call(processBatch, { body: requestOf(sending) }));
};

export const estimateBatch = async (sending: Sending): Promise<BatchEstimate> => {
  const { source, values, onProgress, signal } = sending;
  if (source.kind === "files") {
    return estimateUpload({ form: formOf(optionsOf(values), source.files, true), onProgress, signal });
  }
  return BatchEstimate.parse(await call(processBatch, { body: { ...requestOf(sending), dry_run: true } }));
};
