import { appError } from "../../platform/errors.ts";

/** Somebody, perhaps in another window, was faster. */
export const passwordChangedMeanwhile = () =>
  appError({
    code: "password_changed_meanwhile",
    status: 409,
    message: "The password was changed by another request at this very moment.",
    details: { remedy: "Try again with the password that holds now." },
  });
