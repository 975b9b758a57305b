import { appError } from "../../platform/errors.ts";

export const reauthenticationRequired = () =>
  appError({
    code: "reauthentication_required",
    status: 403,
    message: "This asks for a recent sign-in.",
    details: { remedy: "Prove your password at POST /api/auth/reauthenticate, or sign in again." },
  });

/** The same for a session that is somebody else's as for one that does not exist. */
export const sessionNotFound = () =>
  appError({
    code: "session_not_found",
    status: 404,
    message: "You have no open session of this id.",
    details: { remedy: "Take the id from GET /api/auth/sessions." },
  });

export const noPasswordToProve = () =>
  appError({
    code: "no_password",
    status: 403,
    message: "This account has no password that could be proved.",
    details: { remedy: "Sign in again with your provider." },
  });
