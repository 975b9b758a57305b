import type { ErrorDetails } from "@llm-tuner/contract/errors.ts";

interface AppErrorInit {
  /** Stable, for programs: snake_case. */
  code: string;
  /** HTTP status that a route answers with. */
  status: number;
  /** For people, and public: says what happened. Never holds a secret or another user's data. */
  message: string;
  details?: ErrorDetails;
  headers?: Record<string, string>;
  cause?: unknown;
}

/**
 * The one error class of the platform. It is made by the factories in each domain's `x.errors.ts`; anything else that
 * is thrown reaches the client as a 500 without detail.
 */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: ErrorDetails | undefined;
  readonly headers: Record<string, string>;

  constructor({ code, status, message, details, headers, cause }: AppErrorInit) {
    super(message, { cause });
    this.name = "AppError";
    this.code = code;
    this.status = status;
    this.details = details;
    this.headers = headers ?? {};
  }
}

export const appError = (init: AppErrorInit): AppError => new AppError(init);
