import type { OpenAiError } from "@llm-tuner/contract/errors.ts";
import type { Parity } from "@llm-tuner/contract/models.ts";
import { type AppError, appError } from "../platform/errors.ts";

const retrySoonSeconds = 5;

export const deploymentNotFound = (): AppError =>
  appError({
    code: "deployment_not_found",
    status: 404,
    message: "This model is not deployed.",
    details: { remedy: "Deploy it with POST /api/models/{id}/deploy." },
  });

/** The model was deleted while it was being deployed. */
export const modelGone = (): AppError =>
  appError({ code: "model_not_found", status: 404, message: "There is no such model." });

/** Every place in memory is taken by a model that is answering. */
export const noServingSlot = (maxProcesses: number): AppError =>
  appError({
    code: "model_unavailable",
    status: 503,
    message: `All ${maxProcesses} models that fit in memory at once are in use.`,
    details: {
      remedy: "Try again in a moment, or raise MAX_SERVING_PROCESSES if the machine has the memory.",
      retry_after_seconds: retrySoonSeconds,
    },
    headers: { "retry-after": String(retrySoonSeconds) },
  });

/** The worker ended, or did not answer in time. `logLines` are its last words. */
export const servingFailed = ({
  model,
  reason,
  logLines = [],
  cause,
}: {
  model: string;
  reason: string;
  logLines?: readonly string[];
  cause?: unknown;
}): AppError =>
  appError({
    code: "model_unavailable",
    status: 503,
    message: [`The model ${model} ${reason}`, ...logLines].join("\n"),
    details: { remedy: "Read the lines of its log in this message; the next request tries again." },
    cause,
  });

export const servingStopped = (model: string): AppError =>
  appError({
    code: "model_unavailable",
    status: 503,
    message: `The model ${model} is being taken down.`,
    headers: { "retry-after": String(retrySoonSeconds) },
    details: { retry_after_seconds: retrySoonSeconds },
  });

/** The worker gave something else than an answer in its own protocol. */
export const workerAnswerInvalid = (reason: string, cause?: unknown): AppError =>
  appError({ code: "worker_answer_invalid", status: 502, message: `The serving process failed: ${reason}`, cause });

/** What is served is not what was trained, or nobody could find out. */
export const parityNotPassed = ({ verdict, mismatches, prompts, message }: Parity): AppError =>
  verdict === "failed"
    ? appError({
        code: "parity_failed",
        status: 409,
        message: `The served model answers ${mismatches} of ${prompts} golden prompts otherwise than it did in training.`,
        details: { remedy: "Tune the model again; it may be asked by POST /api/models/{id}/test meanwhile." },
      })
    : appError({
        code: "parity_unchecked",
        status: 409,
        message: `The parity check could not run: ${message ?? "it has not been made"}`,
        details: { remedy: "Mend the cause and deploy again: the check is then repeated." },
      });

/** A refusal of the gateway, passed on by a route of the platform. */
export const refusedByGateway = (status: number, { error }: OpenAiError): AppError =>
  appError({ code: error.code ?? error.type, status, message: error.message });
