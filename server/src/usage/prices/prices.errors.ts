import { appError } from "../../platform/errors.ts";

export const priceNotFound = () =>
  appError({ code: "price_not_found", status: 404, message: "There is no such version of a price." });

export const priceEnded = () =>
  appError({ code: "price_ended", status: 409, message: "This version of the price has ended already." });

export const priceOverlaps = (from: Date, to: Date | null) =>
  appError({
    code: "price_overlaps",
    status: 409,
    message: `Another version of this price holds from ${from.toISOString()}${to === null ? " on" : ` to ${to.toISOString()}`}.`,
    details: {
      places: [{ field: "valid_from" }],
      remedy: "Choose a moment after its beginning; what was billed is changed by adjusting requests.",
    },
  });
