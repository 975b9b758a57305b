import { join } from "node:path";
import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { Database, Queryable } from "../platform/database/database.ts";
import { RowFeed } from "../platform/database/row-feed.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import { jsonLines } from "../platform/personal-data/personal-data.ts";
import type { Trainer } from "../platform/processes/trainer.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Clock } from "../platform/time/clock.ts";
import { createJobEraser, jobsOf } from "./erase-jobs.ts";
import { jobChannel, JobLogStore } from "./job-log.store.ts";
import type { TrainingJobRecord } from "./job-record.ts";
import { toTrainingJob } from "./job-view.ts";
import { JobWriter } from "./job-writer.ts";
import { createLocalExecutor } from "./local-executor.ts";
import type { TrainingBaseModels, TrainingDatasets, TrainingFiles } from "./ports.ts";
import { Supervisor } from "./supervisor.ts";
import type { TrainingConfig } from "./training.config.ts";
import { trainingWorkers } from "./training.jobs.ts";
import { trainingRoutes } from "./training.routes.ts";
import { TrainingStore } from "./training.store.ts";
import { TrainingUsecases } from "./training.usecases.ts";
import { WaitingJobsStore } from "./waiting-jobs.store.ts";

export type { TrainingJobRecord };

export interface TrainingDependencies {
  database: Database;
  queue: Queue;
  audit: AuditTrail;
  files: TrainingFiles;
  datasets: TrainingDatasets;
  baseModels: TrainingBaseModels;
  trainer: Trainer;
  dataDir: string;
  clock: Clock;
  log: Log;
  config: TrainingConfig;
}

export interface TrainingModule extends DomainModule {
  findJob(jobName: string): Promise<TrainingJobRecord | undefined>;
  /** Writes the id of the model that was made of a completed job to the job. */
  linkModel(transaction: Queryable, jobName: string, modelId: string): Promise<void>;
}

/** Of each curve in the archive of a person; more than any job has. */
const pointsPerMetricInArchive = 1_000_000;

/**
 * Tuning jobs: a data set becomes a run folder, the trainer works on it in a process of its own, and what it tells
 * becomes rows. A job that gets Completed is announced by the queue job `training.finished` of the same transaction.
 */
export function createTrainingModule(dependencies: TrainingDependencies): TrainingModule {
  const { database, queue, datasets, trainer, dataDir, config, clock, log } = dependencies;
  const feed = new RowFeed(database, jobChannel);
  const store = new TrainingStore(database);
  const jobLog = new JobLogStore(database);
  const waitingJobs = new WaitingJobsStore(database);
  const writer = new JobWriter({ store, jobLog, queue });
  const executor = createLocalExecutor({
    trainer,
    writeRunData: (datasetId, runFolder) => datasets.writeRunData(datasetId, runFolder),
    runsFolder: join(dataDir, "runs"),
    config,
    log,
  });
  const supervisor = new Supervisor({ ...dependencies, store, waitingJobs, writer, executor });
  const usecases = new TrainingUsecases({
    ...dependencies,
    store,
    jobLog,
    waitingJobs,
    writer,
    feed,
    onChange: () => supervisor.wake(),
  });

  return {
    routes: trainingRoutes(usecases),
    workers: trainingWorkers(supervisor),
    personalData: {
      async *files(userId) {
        yield jsonLines("jobs.jsonl", async function* () {
          for await (const job of jobsOf(store, userId)) {
            const metrics = await jobLog.metricsOf(job.jobName, pointsPerMetricInArchive);
            yield toTrainingJob(job, { metrics, queuePosition: null, now: clock.now() });
          }
        });
      },
      erase: createJobEraser({ store, writer, executor, onChange: () => supervisor.wake(), clock }),
    },
    start: () => supervisor.start(),
    async stop() {
      await supervisor.stop();
      await feed.close();
    },
    findJob: (jobName) => store.find(jobName),
    linkModel: (transaction, jobName, modelId) => store.setModel(transaction, jobName, modelId),
  };
}
