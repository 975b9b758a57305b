import { appError, type AppError } from "../errors.ts";

export const trainerNotStarted = (cause: unknown): AppError =>
  appError({
    code: "trainer_not_started",
    status: 503,
    message: "The trainer's Python could not be started.",
    details: { remedy: "Check that Python is installed and run the installation of the trainer again." },
    cause,
  });
