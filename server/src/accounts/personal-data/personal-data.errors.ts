import { appError } from "../../platform/errors.ts";

export const otherAddress = () =>
  appError({
    code: "email_mismatch",
    status: 400,
    message: "This is not the address of the account that would be deleted.",
    details: { places: [{ field: "email" }], remedy: "Type the address of the account that you are signed in to." },
  });

export const lastAdminStays = () =>
  appError({
    code: "last_admin",
    status: 409,
    message: "You are the only administrator of this installation.",
    details: { remedy: "Make somebody else an administrator first." },
  });
