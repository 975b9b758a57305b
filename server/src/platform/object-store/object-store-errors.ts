import { appError } from "../errors.ts";

/** The platform asked for a key that it cannot have made: a fault of the program, so the client learns nothing. */
export const unsafeObjectKey = (cause?: unknown) =>
  appError({ code: "internal", status: 500, message: "The stored file cannot be reached.", cause });

export const objectNotFound = (cause?: unknown) =>
  appError({ code: "object_not_found", status: 404, message: "The stored file is gone.", cause });

export const storeFull = (cause: unknown) =>
  appError({
    code: "storage_full",
    status: 507,
    message: "The disk of this installation is full.",
    details: { remedy: "Delete files that are no longer needed, or give the installation more space." },
    cause,
  });
