import { appError } from "../../platform/errors.ts";

export const invalidSetupToken = () =>
  appError({
    code: "invalid_setup_token",
    status: 403,
    message: "This setup token does not hold.",
    details: { remedy: "Open the link that the server printed when it started." },
  });

/** Only ever said to somebody who gave the right token. */
export const setupFinished = () =>
  appError({
    code: "setup_finished",
    status: 409,
    message: "This installation has had its first administrator.",
    details: { remedy: "Ask an administrator for the role." },
  });
