import type { CreateDatasetRequest, Dataset, DatasetExample } from "@llm-tuner/contract/datasets.ts";
import type { PageQuery } from "@llm-tuner/contract/paging.ts";
import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { BaseModelsModule } from "../base-models/base-models.module.ts";
import type { FileRecord, FilesModule } from "../files/files.module.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { Database, Queryable } from "../platform/database/database.ts";
import { appError } from "../platform/errors.ts";
import { newId } from "../platform/ids.ts";
import { pageOf, parseCursor } from "../platform/paging/cursor.ts";
import { allRows, type ArchiveFile, jsonLines } from "../platform/personal-data/personal-data.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Clock } from "../platform/time/clock.ts";
import type { CheckNotices } from "./check-notices.ts";
import type { DatasetFolders } from "./dataset-folders.ts";
import type { datasetsSettings } from "./datasets.config.ts";
import {
  datasetNotFound,
  datasetNotReady,
  datasetQuotaExceeded,
  mixedFileTypes,
  tooManyDatasets,
} from "./datasets.errors.ts";
import type { DatasetRecord, DatasetsStore } from "./datasets.store.ts";

/** A lost notice costs at most this long. */
const lookAgainMs = 1000;

export interface DatasetsUsecasesDependencies {
  database: Pick<Database, "transaction">;
  store: DatasetsStore;
  queue: Queue;
  audit: AuditTrail;
  files: Pick<FilesModule, "getOwned">;
  baseModels: Pick<BaseModelsModule, "demand">;
  folders: DatasetFolders;
  notices: CheckNotices;
  config: SettingsOf<typeof datasetsSettings>;
  clock: Clock;
}

const onWire = (dataset: DatasetRecord): Dataset => ({
  id: dataset.id,
  name: dataset.name,
  file_ids: dataset.fileIds,
  base_model: dataset.baseModel,
  status: dataset.status,
  progress: dataset.progress,
  error: dataset.error && { code: dataset.error.code, message: dataset.error.message },
  report: dataset.report,
  created_at: dataset.createdAt.toISOString(),
});

const nameOf = (files: readonly FileRecord[]): string => {
  const more = files.length > 1 ? ` and ${files.length - 1} more` : "";
  return `${(files[0]?.originalName ?? "").slice(0, 255 - more.length)}${more}`;
};

export function createDatasetsUsecases(dependencies: DatasetsUsecasesDependencies) {
  const { database, store, queue, audit, files, baseModels, folders, notices, config, clock } = dependencies;

  const create = async (userId: string, request: CreateDatasetRequest): Promise<Dataset> => {
    const fileIds = [...new Set(request.file_ids)];
    const sources = await Promise.all(fileIds.map((fileId) => files.getOwned(userId, fileId)));
    const types = [...new Set(sources.map((file) => file.type))];
    if (types.length > 1) throw mixedFileTypes(types);
    baseModels.demand(request.base_model);
    const dataset = {
      id: newId("dataset"),
      userId,
      name: request.name ?? nameOf(sources),
      fileIds,
      sourceBytes: sources.reduce((sum, file) => sum + file.bytes, 0),
      baseModel: request.base_model,
      mapping: request.mapping ?? null,
      heldOutFraction: request.held_out_fraction,
      createdAt: clock.now(),
    };
    await database.transaction(async (transaction) => {
      const usage = await store.usageForInsert(transaction, userId);
      if (usage.count >= config.datasetsPerUser) throw tooManyDatasets(config.datasetsPerUser);
      if (usage.bytes + dataset.sourceBytes > config.datasetBytesPerUser) throw datasetQuotaExceeded();
      await store.insert(transaction, dataset);
      await queue.send(transaction, "datasets.check", { dataset_id: dataset.id });
    });
    return onWire({ ...dataset, status: "checking", progress: 0, attempts: 0, error: null, report: null });
  };

  const find = async (id: string): Promise<DatasetRecord> => {
    const dataset = await store.find(id);
    if (!dataset) throw datasetNotFound(id);
    return dataset;
  };

  const findOwned = async (userId: string, id: string): Promise<DatasetRecord> => {
    const dataset = await store.find(id);
    if (!dataset || dataset.userId !== userId) throw datasetNotFound(id);
    return dataset;
  };

  /** The data set as soon as its check has ended, or as it is when the time is over. */
  const untilChecked = async (id: string, timeoutMs: number): Promise<DatasetRecord> => {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const restMs = endMs - performance.now();
      // Listening begins before the look, so that an end between the two is heard.
      const notice = restMs > 0 ? notices.next(id, Math.ceil(Math.min(restMs, lookAgainMs))) : undefined;
      const dataset = await find(id);
      if (dataset.status !== "checking" || !notice) return dataset;
      await notice;
    }
  };

  /** Row first: a folder without a row is collected at the next start. */
  const removeWith = async (id: string, deleteRow: (transaction: Queryable) => Promise<boolean>): Promise<void> => {
    if (!(await database.transaction(deleteRow))) throw datasetNotFound(id);
    await folders.remove(id);
  };

  /** Takes back what the platform itself had made for a request. */
  const remove = (userId: string, id: string): Promise<void> =>
    removeWith(id, (transaction) => store.delete(transaction, userId, id));

  /** The wish of a person, which is recorded. */
  const deleteOne = (userId: string, id: string): Promise<void> =>
    removeWith(id, async (transaction) => {
      if (!(await store.delete(transaction, userId, id))) return false;
      await audit.record(transaction, { action: "dataset.deleted", target: { kind: "dataset", id } });
      return true;
    });

  const list = async (userId: string, { limit, cursor }: PageQuery) => {
    const found = await store.list(userId, { limit: limit + 1, after: parseCursor(cursor) });
    return pageOf(found, { limit, position: (dataset) => dataset });
  };

  return {
    create,
    remove,
    delete: deleteOne,

    archive: (userId: string): ArchiveFile =>
      jsonLines("datasets.jsonl", async function* () {
        for await (const dataset of allRows((page) => list(userId, page))) yield onWire(dataset);
      }),

    async deleteAll(userId: string): Promise<void> {
      for await (const { id } of allRows((page) => list(userId, page))) await deleteOne(userId, id);
    },

    /** A data set that is ready or, after the longest wait, still being checked; of one with faults nothing is kept. */
    async createChecked(userId: string, request: CreateDatasetRequest): Promise<Dataset> {
      const { id } = await create(userId, request);
      const dataset = await untilChecked(id, config.waitSeconds * 1000);
      if (dataset.status !== "invalid" || !dataset.error) return onWire(dataset);
      await remove(userId, id);
      const { details, ...failure } = dataset.error;
      throw appError(details === undefined ? failure : { ...failure, details });
    },

    waitUntilChecked: async (id: string, timeoutMs: number) => onWire(await untilChecked(id, timeoutMs)),
    getOwned: async (userId: string, id: string) => onWire(await findOwned(userId, id)),

    async list(userId: string, page: PageQuery) {
      const { rows, nextCursor } = await list(userId, page);
      return { datasets: rows.map(onWire), next_cursor: nextCursor };
    },

    async preview(userId: string, id: string, { part, limit }: { part: DatasetExample["part"]; limit: number }) {
      const dataset = await findOwned(userId, id);
      const examples = await store.preview(dataset.id);
      return examples.filter((example) => example.part === part).slice(0, limit);
    },

    async writeRunData(id: string, runFolder: string): Promise<void> {
      const dataset = await find(id);
      if (dataset.status !== "ready") throw datasetNotReady(id);
      await folders.copyInto(id, runFolder);
    },

    /** Removes folders whose data sets are gone: a crash may have stood between a row and its folder. */
    async collectLeftovers(): Promise<void> {
      const ids = await folders.ids();
      const known = await store.knownIds(ids);
      for (const id of ids) if (!known.has(id)) await folders.clear(id);
    },
  };
}

export type DatasetsUsecases = ReturnType<typeof createDatasetsUsecases>;
