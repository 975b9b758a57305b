import { type AppError, appError } from "../platform/errors.ts";

/** Also for somebody else's model: that it exists is nobody else's business. */
export const modelNotFound = (): AppError =>
  appError({ code: "model_not_found", status: 404, message: "There is no such model." });

/** The run folder of a completed job does not hold a model that may be served. */
export const artefactRefused = ({
  jobName,
  reason,
  cause,
}: {
  jobName: string;
  reason: string;
  cause?: unknown;
}): AppError =>
  appError({
    code: "model_artefact_refused",
    status: 422,
    message: `The model of job ${jobName} was refused: ${reason}`,
    details: { remedy: "Tune the model again. Only safetensors weights written by the trainer are taken." },
    cause,
  });

/** The files of a model are gone although its row is there. */
export const artefactMissing = (modelId: string): AppError =>
  appError({
    code: "model_files_missing",
    status: 410,
    message: `The files of model ${modelId} are missing on this machine.`,
    details: { remedy: "Restore the data directory from a backup, or delete the model and tune it again." },
  });
