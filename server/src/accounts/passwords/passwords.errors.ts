import { appError } from "../../platform/errors.ts";

/** For somebody who is signed in already, so not a 401: their session is as good as before. */
export const wrongPassword = (field: "password" | "current_password") =>
  appError({
    code: "wrong_password",
    status: 403,
    message: "This is not the password of your account.",
    details: { places: [{ field }], remedy: "Type your present password, or ask for a new one by mail." },
  });

export const currentPasswordRequired = () =>
  appError({
    code: "current_password_required",
    status: 400,
    message: "This change needs your present password beside it.",
    details: { places: [{ field: "current_password" }], remedy: "Send current_password as well." },
  });
