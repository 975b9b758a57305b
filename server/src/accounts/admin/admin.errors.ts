import { appError } from "../../platform/errors.ts";

export const userNotFound = () =>
  appError({
    code: "user_not_found",
    status: 404,
    message: "There is no account of this id.",
    details: { remedy: "Take the id from GET /api/admin/users." },
  });

export const addressTaken = () =>
  appError({
    code: "email_taken",
    status: 409,
    message: "An account with this e-mail address exists already.",
    details: { places: [{ field: "email" }], remedy: "Find it by its address at GET /api/admin/users." },
  });

export const unknownTier = (name: string) =>
  appError({
    code: "unknown_tier",
    status: 400,
    message: `There is no tier ${name}.`,
    details: { places: [{ field: "tier" }], remedy: "Take a name from GET /api/admin/tiers." },
  });

/** Without an administrator nobody could make one. */
export const lastAdmin = () =>
  appError({
    code: "last_admin",
    status: 409,
    message: "This is the last administrator who can sign in.",
    details: { remedy: "Make somebody else an administrator first." },
  });

export const cannotDisableYourself = () =>
  appError({
    code: "cannot_disable_yourself",
    status: 409,
    message: "You cannot disable your own account.",
    details: { remedy: "Ask another administrator, or delete your account in your settings." },
  });
