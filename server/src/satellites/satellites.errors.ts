import { appError } from "../platform/errors.ts";

export const onlyAdministratorsSatellites = () =>
  appError({
    code: "satellite_not_trusted",
    status: 403,
    message: "Only an administrator's key may speak for a satellite.",
    details: { remedy: "Make an API key with the scope satellite as an administrator." },
  });

export const reservationNotValid = () =>
  appError({
    code: "reservation_not_valid",
    status: 400,
    message: "This reservation was not made here for this satellite, or more than a day ago.",
    details: { places: [{ field: "reservation" }] },
  });
