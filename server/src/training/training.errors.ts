import type { Dataset } from "@llm-tuner/contract/datasets.ts";
import type { JobFailure, JobStatus } from "@llm-tuner/contract/training.ts";
import { AppError, appError } from "../platform/errors.ts";
import type { ResumeObstacle } from "./training.policy.ts";

/** A field of the request that does not hold, though its form is right. */
const fieldRefused = (error: { code: string; field: string; message: string; remedy: string }): AppError =>
  appError({
    code: error.code,
    status: 422,
    message: error.message,
    details: { places: [{ field: error.field }], remedy: error.remedy },
  });

export const jobNotFound = (): AppError =>
  appError({ code: "training_job_not_found", status: 404, message: "There is no such tuning job." });

export const dataMissing = (): AppError =>
  fieldRefused({
    code: "training_data_missing",
    field: "files",
    message: "Tuning needs data: neither files nor a data set is named.",
    remedy: "Upload a file and name it in files, or name a checked data set in dataset_id.",
  });

export const dataNamedTwice = (field: "files" | "mapping"): AppError =>
  fieldRefused({
    code: "training_data_ambiguous",
    field,
    message: `The data set says already what is trained on, so ${field} cannot be given beside it.`,
    remedy: `Leave out ${field}, or dataset_id.`,
  });

export const unknownFile = (index: number, nameOrId: string): AppError =>
  fieldRefused({
    code: "unknown_file",
    field: `files.${index}`,
    message: `You have no file "${nameOrId.slice(0, 100)}".`,
    remedy: "Upload it first, or choose one of GET /api/files.",
  });

/** The data set was found unfit before this start; its own page says where. */
export const datasetInvalid = ({ id, error }: Dataset): AppError =>
  fieldRefused({
    code: error?.code ?? "data_set_invalid",
    field: "dataset_id",
    message: error?.message ?? "The data cannot be trained on.",
    remedy: `Mend the data and upload it again; GET /api/datasets/${id} says more.`,
  });

export const datasetStillChecked = (id: string): AppError =>
  appError({
    code: "data_set_still_checked",
    status: 409,
    message: "The data is still being checked.",
    details: { remedy: `Ask GET /api/datasets/${id} until it is ready, then start with this dataset_id.` },
  });

export const tooManySteps = (steps: number, limit: number): AppError =>
  fieldRefused({
    code: "too_many_steps",
    field: "hyperparameters.epochs",
    message: `This would take ${steps.toLocaleString("en")} steps; one job may take ${limit.toLocaleString("en")}.`,
    remedy: "Choose fewer epochs, a larger batch_size or less data.",
  });

export const tooManyWaitingJobs = (limit: number): AppError =>
  appError({
    code: "too_many_waiting_jobs",
    status: 429,
    message: `You have ${limit} jobs waiting already.`,
    details: { remedy: "Wait until one of them has begun, or stop one." },
  });

export const cannotStop = (status: JobStatus): AppError =>
  appError({
    code: "training_job_not_stoppable",
    status: 409,
    message: `The job cannot be stopped: it is ${status} already.`,
  });

/** Of the removal of everything: it is tried again later. */
export const jobStillRuns = (): AppError =>
  appError({ code: "training_job_running", status: 503, message: "The job's process has not ended yet." });

export const cannotResume = ({ reason, remedy }: ResumeObstacle): AppError =>
  appError({
    code: "training_job_not_resumable",
    status: 409,
    message: `The job cannot go on. ${reason}`,
    details: { remedy },
  });

export const lastEventIdInvalid = (): AppError =>
  appError({
    code: "invalid_last_event_id",
    status: 400,
    message: "Last-Event-ID must be the id of an event of this job.",
    details: {
      places: [{ field: "Last-Event-ID" }],
      remedy: "Send the id of the last event received, or no such header.",
    },
  });

/** A fault of the platform itself, as a 500. */
export const jobChangeForbidden = (from: JobStatus, to: JobStatus): AppError =>
  appError({ code: "internal", status: 500, message: `A job cannot go from ${from} to ${to}.` });

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");

/** Why a job whose run could not be made ready is lost for good; undefined when a further try may help. */
export function preparationFailure(error: unknown): JobFailure | undefined {
  if (isDiskFull(error)) {
    return {
      code: "disk_full",
      message: "The disk is full: the run folder could not be written.",
      remedy: "Free some space and resume the job.",
      log_tail: [],
    };
  }
  if (error instanceof AppError && error.status < 500) {
    return {
      code: error.code === "unknown_base_model" ? "base_model_unavailable" : "data_set_invalid",
      message: error.message,
      remedy: error.details?.remedy ?? "Start a new job.",
      log_tail: [],
    };
  }
  return undefined;
}
