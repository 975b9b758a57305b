import { join } from "node:path";
import {
  type BatchEstimate,
  type ProcessBatchForm,
  type ProcessBatchRequest,
  type ProcessingOptions,
  ProcessBatchForm as BatchForm,
  ProcessSingleForm,
  type ProcessSingleRequest,
} from "@llm-tuner/contract/document-jobs.ts";
import type { z } from "zod";
import { GuardedFetchError } from "../../platform/guarded-fetch/guarded-fetch.errors.ts";
import type { GuardedDownload } from "../../platform/guarded-fetch/guarded-fetch.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { invalidPart } from "../../platform/http/http.errors.ts";
import type { Log } from "../../platform/log/log.ts";
import { inTemporaryFolder } from "../../platform/file-system/temporary-folders.ts";
import type { ObjectStore } from "../../platform/object-store/object-store.ts";
import { requireOpen } from "../access.policy.ts";
import { documentSpaceExceeded, emptySpreadsheet, noDocuments, spreadsheetNotFetched } from "../documents.errors.ts";
import { type AddressRow, addressedDocument } from "./addressed-documents.ts";
import type { AnonymousLimit } from "./anonymous-limit.ts";
import type { DocumentWorkStore } from "./document-work.store.ts";
import { estimateBatch } from "./estimate-batch.ts";
import type { JobRecord, NewDocument } from "./job-record.ts";
import { deleteUnreferenced } from "./orphan-objects.ts";
import { type FormLimits, type IncomingPart, type ReceivedForm, saveBounded, withForm } from "./receive-form.ts";
import { documentsPerJob, startJob, type StartJobDependencies } from "./start-job.ts";

/** Addresses of a spreadsheet, row by row; throws an error with places when it cannot be read. */
export type ReadSpreadsheet = (
  file: { path: string; fileName: string; urlColumn?: string },
  signal: AbortSignal,
) => Promise<{ rows: readonly AddressRow[] }>;

export interface IntakeDependencies extends StartJobDependencies {
  work: Pick<DocumentWorkStore, "usedBy">;
  objectStore: ObjectStore;
  download: GuardedDownload;
  readSpreadsheet: ReadSpreadsheet;
  anonymousLimit: AnonymousLimit;
  /** Called when there may be work for this process. */
  onWork: () => void;
  log: Log;
}

/** Who asks, and from where. */
export interface Asker {
  caller: Caller | null;
  address: string;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

type BatchAnswer = { estimate: BatchEstimate } | { job: JobRecord };

function parseFields<Schema extends z.ZodType>(schema: Schema, fields: object): z.infer<Schema> {
  const parsed = schema.safeParse(fields);
  if (!parsed.success) throw invalidPart("body", parsed.error.issues);
  return parsed.data;
}

const nameOfSheet = ({ pathname }: URL, isZip: boolean): string => {
  const last = pathname.split("/").at(-1) ?? "";
  if (/\.(?:xlsx?|csv|tsv|ods)$/i.test(last)) return last;
  return isZip ? "spreadsheet.xlsx" : "spreadsheet.csv";
};

/** How documents come in: by address, by upload, by a list or a spreadsheet of addresses. */
export class DocumentIntake {
  readonly #dependencies: IntakeDependencies;

  constructor(dependencies: IntakeDependencies) {
    this.#dependencies = dependencies;
  }

  async single(asker: Asker, body: ProcessSingleRequest): Promise<JobRecord> {
    await this.#admit(asker);
    const { url, ...options } = body;
    const document = addressedDocument({ url, title: null, problem: null });
    return this.#start(asker, { type: "single", options, name: document.title, documents: [document] });
  }

  async singleForm(asker: Asker, parts: AsyncIterable<IncomingPart>): Promise<JobRecord> {
    await this.#admit(asker);
    return this.#withForm(asker, "single", parts, async ({ fields, documents }) => {
      const options = parseFields(ProcessSingleForm, fields);
      return this.#start(asker, { type: "single", options, name: documents[0]?.title ?? "", documents });
    });
  }

  async batch(asker: Asker, body: ProcessBatchRequest): Promise<BatchAnswer> {
    await this.#admit(asker);
    const { spreadsheet_url: address, urls = [], ...options } = body;
    if (address === undefined) {
      const rows = urls.map((url) => ({ url, title: null, problem: null }));
      return this.#startBatch(asker, options, rows.map(addressedDocument));
    }
    return inTemporaryFolder(async (folder) => {
      const file = await this.#fetchSpreadsheet(address, folder, asker.signal);
      return this.#startBatch(asker, options, await this.#rowsOf(file, options, asker.signal), file.fileName);
    });
  }

  async batchForm(asker: Asker, parts: AsyncIterable<IncomingPart>): Promise<BatchAnswer> {
    await this.#admit(asker);
    return this.#withForm(asker, "batch", parts, async ({ fields, documents, spreadsheet }) => {
      const options = parseFields(BatchForm, fields);
      if (spreadsheet === null) {
        const answer = await this.#startBatch(asker, options, documents);
        if ("estimate" in answer) await this.#undo(documents.flatMap(({ stored }) => stored?.objectKey ?? []));
        return answer;
      }
      const rows = await this.#rowsOf(spreadsheet, options, asker.signal);
      return this.#startBatch(asker, options, rows, spreadsheet.fileName);
    });
  }

  async #admit({ caller, address }: Asker): Promise<void> {
    requireOpen(caller, this.#dependencies.config);
    if (caller === null) await this.#dependencies.anonymousLimit.take(address);
  }

  async #start(
    { caller }: Asker,
    {
      options,
      ...request
    }: Pick<Parameters<typeof startJob>[1], "type" | "name" | "documents" | "budgetUsd"> & {
      options: ProcessingOptions;
    },
  ): Promise<JobRecord> {
    const { tagger, onWork, log } = this.#dependencies;
    const job = await startJob(this.#dependencies, {
      ...request,
      caller,
      options: { ...options, tagger: await tagger.choose(caller, options.tagger) },
    });
    log.info(
      { jobId: job.id, userId: job.userId, documents: request.documents.length },
      "a document job is written down",
    );
    onWork();
    return job;
  }

  async #startBatch(
    asker: Asker,
    batch: ProcessBatchForm,
    documents: readonly NewDocument[],
    sheetName?: string,
  ): Promise<BatchAnswer> {
    const { budget_usd: budgetUsd, dry_run: isDryRun, name, url_column: _column, ...options } = batch;
    if (documents.length === 0) throw sheetName === undefined ? noDocuments() : emptySpreadsheet();
    if (isDryRun) {
      const { tagger } = this.#dependencies;
      const chosen = await tagger.choose(asker.caller, options.tagger);
      return { estimate: await estimateBatch(this.#dependencies, { caller: asker.caller, tagger: chosen, documents }) };
    }
    const alone = documents.length === 1 ? documents[0]?.title : undefined;
    const given = name ?? sheetName ?? alone ?? `${documents.length} documents`;
    return { job: await this.#start(asker, { type: "batch", options, name: given, documents, budgetUsd }) };
  }

  async #rowsOf(
    file: { path: string; fileName: string },
    { url_column: urlColumn }: Pick<ProcessBatchForm, "url_column">,
    signal: AbortSignal,
  ): Promise<NewDocument[]> {
    const question = { ...file, ...(urlColumn === undefined ? {} : { urlColumn }) };
    const { rows } = await this.#dependencies.readSpreadsheet(question, signal);
    return rows.map(addressedDocument);
  }

  async #fetchSpreadsheet(
    address: string,
    folder: string,
    signal: AbortSignal,
  ): Promise<{ path: string; fileName: string }> {
    const { download, config } = this.#dependencies;
    const path = join(folder, "spreadsheet");
    const maxBytes = config.spreadsheetMaxBytes;
    const tooLarge = () => new GuardedFetchError(`it is larger than ${maxBytes} bytes`, { fault: "too_large" });
    try {
      return await download(address, { maxBytes, signal }, async ({ url, bytes }) => {
        const head = await saveBounded(path, bytes, maxBytes, tooLarge);
        return { path, fileName: nameOfSheet(url, head.startsWith("PK")) };
      });
    } catch (error) {
      if (error instanceof GuardedFetchError) throw spreadsheetNotFetched(error.message, error);
      throw error;
    }
  }

  async #withForm<Result>(
    { caller }: Asker,
    type: FormLimits["type"],
    parts: AsyncIterable<IncomingPart>,
    use: (form: ReceivedForm) => Promise<Result>,
  ): Promise<Result> {
    const { objectStore, config } = this.#dependencies;
    return withForm(parts, {
      limits: {
        type,
        maxFiles: type === "single" ? 1 : Math.min(config.filesPerBatch, documentsPerJob(caller, config)),
        maxBytes: caller === null ? Math.min(config.anonymousMaxBytes, config.maxBytes) : config.maxBytes,
        spreadsheetMaxBytes: config.spreadsheetMaxBytes,
        space: { bytes: await this.#freeBytes(caller), error: documentSpaceExceeded(config.bytesPerPerson) },
      },
      objectStore,
      use,
      undo: (keys) => this.#undo(keys),
    });
  }

  async #freeBytes(caller: Caller | null): Promise<number> {
    const { database, work, config } = this.#dependencies;
    if (caller === null) return Number.POSITIVE_INFINITY;
    return Math.max(0, config.bytesPerPerson - (await work.usedBy(database, caller.userId)).bytes);
  }

  /** A commit whose answer was lost may have written the rows after all: only the database can tell. */
  async #undo(keys: readonly string[]): Promise<void> {
    const { log } = this.#dependencies;
    await deleteUnreferenced(keys, this.#dependencies).catch((error: unknown) =>
      log.warn({ error, keys }, "objects of a refused form stay until the next sweep"),
    );
  }
}
