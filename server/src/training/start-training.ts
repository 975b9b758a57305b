import type { StartTrainingRequest } from "@llm-tuner/contract/training.ts";
import type { Queryable } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { Clock } from "../platform/time/clock.ts";
import { chooseHyperparameters, dataWarnings, stepsOf, type HyperparameterChoice } from "./hyperparameter-choice.ts";
import { freeJobName, jobNameStem } from "./job-name.ts";
import type { TrainingJobRecord } from "./job-record.ts";
import type { JobWriter } from "./job-writer.ts";
import type { TrainingBaseModels, TrainingDatasets, TrainingFiles } from "./ports.ts";
import { provideData, type ReadyData } from "./training-data.ts";
import type { TrainingConfig } from "./training.config.ts";
import { tooManySteps, tooManyWaitingJobs } from "./training.errors.ts";
import type { TrainingStore } from "./training.store.ts";
import { added } from "./transitions.ts";
import type { WaitingJobsStore } from "./waiting-jobs.store.ts";

export interface StartTrainingDependencies {
  store: TrainingStore;
  waitingJobs: WaitingJobsStore;
  writer: JobWriter;
  files: TrainingFiles;
  datasets: TrainingDatasets;
  baseModels: TrainingBaseModels;
  clock: Clock;
  log: Log;
  config: Pick<TrainingConfig, "waitingJobsPerUser" | "stepsPerJob">;
}

/** Everything about a start that has been found good. */
interface AcceptedStart {
  userId: string;
  request: StartTrainingRequest;
  choice: HyperparameterChoice;
  data: ReadyData;
}

/**
 * Queues a job, or throws and leaves nothing. A repeated start with the same `request_id` answers with the job of the
 * first, whatever else it says.
 */
export async function startTraining(
  dependencies: StartTrainingDependencies,
  userId: string,
  request: StartTrainingRequest,
): Promise<TrainingJobRecord> {
  const { files, datasets, baseModels, config } = dependencies;
  const earlier = await jobOfRequest(dependencies, userId, request);
  if (earlier) return earlier;
  const baseModel = baseModels.demand(request.base_model);
  const choice = chooseHyperparameters(request.hyperparameters, baseModel);
  // Looked at again when the job is added; here it saves the check of data that would be in vain.
  await refuseTooManyWaiting(dependencies, userId);
  const data = await provideData({ files, datasets }, userId, { ...request, base_model: baseModel.name });
  try {
    const steps = stepsOf(choice.hyperparameters, data.report);
    if (steps > config.stepsPerJob) throw tooManySteps(steps, config.stepsPerJob);
    const job = await addJob(dependencies, { userId, request, choice, data });
    if (job.datasetId !== data.datasetId) await data.undo();
    return job;
  } catch (error) {
    await data.undo();
    throw error;
  }
}

const jobOfRequest = async (
  { store }: Pick<StartTrainingDependencies, "store">,
  userId: string,
  { request_id }: StartTrainingRequest,
  transaction?: Queryable,
): Promise<TrainingJobRecord | undefined> =>
  request_id === undefined ? undefined : store.findOfRequest(userId, request_id, transaction);

export async function refuseTooManyWaiting(
  { waitingJobs, config }: Pick<StartTrainingDependencies, "waitingJobs" | "config">,
  userId: string,
  transaction?: Queryable,
): Promise<void> {
  const limit = config.waitingJobsPerUser;
  if ((await waitingJobs.countOf(userId, transaction)) >= limit) throw tooManyWaitingJobs(limit);
}

/** Starts of one user take turns here, so that the limit, the name and the `request_id` hold. */
function addJob(dependencies: StartTrainingDependencies, start: AcceptedStart): Promise<TrainingJobRecord> {
  const { store, waitingJobs, writer, clock, log } = dependencies;
  const { userId, request } = start;
  return store.transaction(async (transaction) => {
    await waitingJobs.lockStartsOf(transaction, userId);
    const earlier = await jobOfRequest(dependencies, userId, request, transaction);
    if (earlier) return earlier;
    await refuseTooManyWaiting(dependencies, userId, transaction);
    const now = clock.now();
    const stem = jobNameStem({ userId, baseModel: request.base_model, now });
    const jobName = freeJobName(stem, await store.namesWithStem(transaction, stem));
    const change = added(newJob(start, jobName, now), now);
    await writer.add(transaction, change);
    log.info({ jobName, userId, datasetId: start.data.datasetId }, "a tuning job is queued");
    return change.job;
  });
}

const newJob = ({ userId, request, choice, data }: AcceptedStart, jobName: string, now: Date): TrainingJobRecord => ({
  jobName,
  userId,
  requestId: request.request_id ?? null,
  status: "Pending",
  baseModel: request.base_model,
  datasetId: data.datasetId,
  modelId: null,
  suffix: request.suffix ?? null,
  hyperparameters: choice.hyperparameters,
  files: data.files,
  warnings: [...choice.warnings, ...dataWarnings(choice.hyperparameters, data.report)],
  attempt: 0,
  crashes: 0,
  slot: null,
  starter: null,
  externalId: null,
  restartAt: null,
  eventOffset: 0,
  lastEventSeq: 0,
  step: 0,
  totalSteps: null,
  etaSeconds: null,
  heldOutLossBefore: null,
  heldOutLossAfter: null,
  failure: null,
  queuedAt: now,
  claimedAt: null,
  startedAt: null,
  endedAt: null,
  createdAt: now,
});
