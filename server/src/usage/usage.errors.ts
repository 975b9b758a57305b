import { appError } from "../platform/errors.ts";

export const tooManyUnwrittenSettlements = () =>
  appError({
    code: "usage_not_written",
    status: 503,
    message: "Usage cannot be written down at this moment.",
  });
