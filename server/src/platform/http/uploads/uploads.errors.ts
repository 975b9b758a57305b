import { AppError, appError } from "../../errors.ts";

export const uploadCutShort = (cause: unknown) =>
  appError({
    code: "upload_cut_short",
    status: 400,
    message: "The upload ended before its last byte.",
    details: { remedy: "Send it again." },
    cause,
  });

/** The same refusal, after which the connection cannot be used again: the rest of the request was not read. */
export const withRestUnread = (refusal: unknown): unknown => {
  if (!(refusal instanceof AppError)) return refusal;
  const { code, status, message, details, headers } = refusal;
  const init = { code, status, message, headers: { ...headers, connection: "close" }, cause: refusal };
  return appError(details === undefined ? init : { ...init, details });
};
