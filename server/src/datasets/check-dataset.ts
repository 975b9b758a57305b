import type { Clock } from "../platform/time/clock.ts";
import { AppError } from "../platform/errors.ts";
import type { Log } from "../platform/log/log.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { BaseModelsModule } from "../base-models/base-models.module.ts";
import type { FileRecord, FilesModule } from "../files/files.module.ts";
import { convertFiles } from "./convert-files.ts";
import { countTokens, type TokenCounter } from "./count-tokens.ts";
import type { DatasetFolders } from "./dataset-folders.ts";
import type { datasetsSettings } from "./datasets.config.ts";
import { checkBroken, checkGivenUp, sourceFileGone } from "./datasets.errors.ts";
import type { Attempt, CheckResult, DatasetFailure, DatasetRecord, DatasetsStore } from "./datasets.store.ts";

/** Attempts after which a data set is taken to be what brings its process down. */
const maxAttempts = 3;
/** Conversion's share of the progress; counting tokens has the rest. */
const conversionShare = 0.8;
const progressEveryMs = 500;

export interface CheckDependencies {
  store: DatasetsStore;
  folders: DatasetFolders;
  files: Pick<FilesModule, "getOwned" | "open">;
  baseModels: Pick<BaseModelsModule, "demand">;
  trainer: TokenCounter;
  config: SettingsOf<typeof datasetsSettings>;
  clock: Clock;
  log: Log;
}

const failureOf = ({ code, status, message, details }: AppError): DatasetFailure => ({
  code,
  status,
  message,
  ...(details === undefined ? {} : { details }),
});

/** Writes progress now and then; aborts the work when its data set was deleted or another attempt took over. */
function createProgress({
  attempt,
  totalBytes,
  store,
}: {
  attempt: Attempt;
  totalBytes: number;
  store: DatasetsStore;
}) {
  const superseded = new AbortController();
  let bytes = 0;
  let nextAtMs = performance.now() + progressEveryMs;
  const set = async (progress: number): Promise<void> => {
    if (!(await store.setProgress(attempt, progress))) superseded.abort();
  };
  return {
    superseded: superseded.signal,
    converted: () => set(conversionShare),
    async onBytes(count: number): Promise<void> {
      bytes += count;
      if (performance.now() < nextAtMs) return;
      nextAtMs = performance.now() + progressEveryMs;
      await set(conversionShare * Math.min(1, bytes / totalBytes));
    },
  };
}

/**
 * Checks and converts a data set. May be called again at any time, also while an earlier call still runs: only the
 * latest attempt decides, and the row changes last.
 */
export function createDatasetCheck(dependencies: CheckDependencies) {
  const { store, folders, files, baseModels, trainer, config, clock, log } = dependencies;

  const sourceFiles = (dataset: DatasetRecord): Promise<FileRecord[]> =>
    Promise.all(
      dataset.fileIds.map((fileId) =>
        files.getOwned(dataset.userId, fileId).catch((error: unknown) => {
          throw error instanceof AppError ? sourceFileGone(fileId, error) : error;
        }),
      ),
    );

  const build = async (dataset: DatasetRecord, attempt: Attempt, signal: AbortSignal): Promise<CheckResult> => {
    const folder = await folders.create(attempt);
    const baseModel = baseModels.demand(dataset.baseModel);
    const progress = createProgress({ attempt, totalBytes: dataset.sourceBytes, store });
    const working = AbortSignal.any([signal, progress.superseded]);
    const { report, preview } = await convertFiles({
      files: await sourceFiles(dataset),
      open: (file) => files.open(file.id),
      mapping: dataset.mapping,
      heldOutFraction: dataset.heldOutFraction,
      limits: config,
      folder,
      onBytes: progress.onBytes,
      signal: working,
    });
    await progress.converted();
    const timeoutSeconds = config.tokenizeTimeoutSeconds;
    const counts = await countTokens({ id: dataset.id, folder, baseModel, trainer, timeoutSeconds, signal: working });
    return { report: { ...report, ...counts }, preview, checkedAt: clock.now() };
  };

  /** A fault of the data or the request is final; one of the machine may pass, so the queue tries again. */
  const settleFailure = async (error: unknown, attempt: Attempt, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) throw error;
    const isFinal = error instanceof AppError;
    if (!isFinal && attempt.attempt < maxAttempts) throw error;
    const failure = isFinal ? error : checkBroken(error);
    if (failure.status >= 500) log.error({ error, datasetId: attempt.id }, "a data set could not be checked");
    await store.finishInvalid(attempt, failureOf(failure), clock.now());
  };

  return async (id: string, signal: AbortSignal): Promise<void> => {
    const dataset = await store.beginCheck(id);
    if (!dataset) return;
    const attempt = { id, attempt: dataset.attempts };
    if (attempt.attempt > maxAttempts) {
      await store.finishInvalid(attempt, failureOf(checkGivenUp()), clock.now());
      return;
    }
    try {
      const result = await build(dataset, attempt, signal);
      const counts = await store.finishReady(attempt, result, () => folders.place(attempt));
      if (!counts) await folders.discard(attempt);
    } catch (error) {
      // Before the row tells that the check has ended: nothing is left behind then.
      await folders.discard(attempt);
      await settleFailure(error, attempt, signal);
    }
  };
}
