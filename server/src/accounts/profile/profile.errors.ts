import { appError } from "../../platform/errors.ts";

export const currentPasswordRequired = () =>
  appError({
    code: "current_password_required",
    status: 400,
    message: "A new password needs the present one beside it.",
    details: { places: [{ field: "current_password" }], remedy: "Send current_password as well." },
  });

/** Somebody, perhaps in another window, was faster. */
export const passwordChangedMeanwhile = () =>
  appError({
    code: "password_changed_meanwhile",
    status: 409,
    message: "The password was changed by another request at this very moment.",
    details: { remedy: "Try again with the password that holds now." },
  });
