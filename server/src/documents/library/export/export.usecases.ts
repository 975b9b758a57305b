import { Readable } from "node:stream";
import type { DocumentSummary, ExportDocumentsRequest } from "@llm-tuner/contract/documents.ts";
import { writeCsv } from "../../../platform/csv/write-csv.ts";
import type { Database } from "../../../platform/database/database.ts";
import type { Clock } from "../../../platform/time/clock.ts";
import type { TrainingDataMaker } from "../../ports.ts";
import { documentFilter, documentViews } from "../documents/document-views.ts";
import type { DocumentsStore } from "../documents/documents.store.ts";
import { documentsMissing, eitherIdsOrFilter, nothingToTrainOn } from "../library.errors.ts";
import type { SearchUsecases } from "../search/search.usecases.ts";
import { type ExportedDocument, exportColumns, toCsvRow, toJsonLine, toXlsxRow } from "./export-rows.ts";
import { createTrainingDocuments, type TrainingDocument, wordsOfLeftOut } from "./training-documents.ts";
import { type Cell, toXlsx } from "./xlsx.ts";

export interface ExportDependencies {
  database: Database;
  documentsStore: Pick<DocumentsStore, "idsAfter" | "owned" | "wholeText">;
  search: Pick<SearchUsecases, "idsOf">;
  trainingData: TrainingDataMaker;
  clock: Clock;
}

type Selection = Pick<ExportDocumentsRequest, "document_ids" | "filter">;

const idsAtOnce = 200;
/** Of documents that are chosen by a search, as by a list of ids. */
const maxFound = 10_000;

async function* mapped<Item, Result>(items: AsyncIterable<Item>, map: (item: Item) => Result): AsyncGenerator<Result> {
  for await (const item of items) yield map(item);
}

async function* headed(columns: readonly string[], rows: AsyncIterable<Cell[]>): AsyncGenerator<Cell[]> {
  yield [...columns];
  yield* rows;
}

/** Reads the first before there is an answer: what cannot be read at all is an error, not half a file. */
async function begun<Item>(items: AsyncGenerator<Item>): Promise<AsyncGenerator<Item>> {
  const first = await items.next();
  async function* all() {
    if (first.done !== true) yield first.value;
    yield* items;
  }
  return all();
}

export function createExports({ database, documentsStore, search, trainingData, clock }: ExportDependencies) {
  async function* givenIds(ids: readonly string[]): AsyncGenerator<string[]> {
    for (let start = 0; start < ids.length; start += idsAtOnce) yield ids.slice(start, start + idsAtOnce);
  }

  async function* filteredIds(userId: string, selection: NonNullable<Selection["filter"]>): AsyncGenerator<string[]> {
    const filter = await documentFilter(database, userId, selection);
    if (filter === null) return;
    for (let last = ""; ;) {
      const ids = await documentsStore.idsAfter(database, filter, last, idsAtOnce);
      if (ids.length === 0) return;
      yield ids;
      last = ids.at(-1) ?? last;
    }
  }

  /** Ids of the documents that were chosen, by the batch. */
  async function chosenIds(userId: string, { document_ids: ids, filter = {} }: Selection) {
    if (ids !== undefined) {
      const wanted = [...new Set(ids)];
      const owned = await documentsStore.owned(database, userId, wanted);
      const missing = wanted.filter((id) => !owned.has(id));
      if (missing.length > 0) throw documentsMissing(missing);
      return givenIds(wanted);
    }
    const { query, ...filters } = filter;
    return query === undefined
      ? filteredIds(userId, filters)
      : givenIds(await search.idsOf(userId, query, filters, maxFound));
  }

  async function* documents(batches: AsyncIterable<string[]>, withText: boolean): AsyncGenerator<ExportedDocument> {
    for await (const ids of batches) {
      for (const document of await documentViews(database, ids)) {
        // One at a time: a text may be large.
        yield withText ? { document, text: await documentsStore.wholeText(database, document.id) } : { document };
      }
    }
  }

  const refuseBoth = ({ document_ids: ids, filter }: Selection): void => {
    if (ids !== undefined && filter !== undefined) throw eitherIdsOrFilter();
  };

  return {
    /** A file of the chosen documents, written while they are read. */
    async download(userId: string, request: ExportDocumentsRequest): Promise<Readable> {
      refuseBoth(request);
      const rows = await begun(documents(await chosenIds(userId, request), request.include_text));
      const columns = exportColumns(request.include_text);
      if (request.format === "csv") return writeCsv(mapped(rows, toCsvRow), columns);
      if (request.format === "xlsx") return toXlsx(headed(columns, mapped(rows, toXlsxRow(columns))));
      return Readable.from(mapped(rows, toJsonLine));
    },

    /** All documents of a person with their texts. */
    async *all(userId: string): AsyncGenerator<DocumentSummary & { text: string }> {
      for await (const { document, text = "" } of documents(filteredIds(userId, {}), true)) yield { ...document, text };
    },

    /** A data set of those that can be trained on. */
    async createDataset(userId: string, request: ExportDocumentsRequest) {
      refuseBoth(request);
      const { examples, leftOut } = createTrainingDocuments(database, await chosenIds(userId, request));
      const first = await examples.next();
      if (first.done === true) throw nothingToTrainOn(wordsOfLeftOut(leftOut()));
      async function* all(document: TrainingDocument) {
        yield document;
        yield* examples;
      }
      const made = await trainingData.create({
        userId,
        name: request.name ?? `Tagged documents ${clock.now().toISOString().slice(0, 10)}`,
        baseModel: request.base_model,
        documents: all(first.value),
      });
      return { ...made, leftOut: leftOut(made.examples) };
    },
  };
}

export type Exports = ReturnType<typeof createExports>;
