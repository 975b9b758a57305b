import { appError } from "../platform/errors.ts";

export const tooMuchUnwrittenUsage = () =>
  appError({
    code: "usage_not_written",
    status: 503,
    message: "Usage cannot be written down at this moment.",
  });

/** A fault of this program: an aggregate without groups always has one row. */
export const sumWithoutRow = (): Error => new Error("a sum came without a row");

/** A fault of this program. */
export const notStarted = (): Error => new Error("usage is metered before its module was started");

export const usageRequestNotFound = () =>
  appError({
    code: "usage_request_not_found",
    status: 404,
    message: "There is no such request.",
    details: { remedy: "A request that is still running has no bill yet." },
  });

export const invalidRange = (remedy: string) =>
  appError({
    code: "invalid_range",
    status: 400,
    message: "This range of time cannot be reported.",
    details: { places: [{ field: "from" }], remedy },
  });
