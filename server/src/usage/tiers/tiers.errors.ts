import { appError } from "../../platform/errors.ts";

export const tierNotFound = () =>
  appError({ code: "tier_not_found", status: 404, message: "There is no tier of this name." });

export const tierExists = (name: string) =>
  appError({
    code: "tier_exists",
    status: 409,
    message: `There is a tier ${name} already.`,
    details: { remedy: "Choose another name, or change the limits of the existing tier." },
  });

export const tierInUse = ({ users, keys }: { users: number; keys: number }) =>
  appError({
    code: "tier_in_use",
    status: 409,
    message: `The tier is still that of ${users} accounts and ${keys} API keys.`,
    details: { remedy: "Give them another tier first." },
  });

export const standardTierStays = () =>
  appError({
    code: "standard_tier_stays",
    status: 409,
    message: "The tier standard cannot be deleted: everybody has it who was given no other.",
  });

/** Somebody asks for limits before they were read. */
export const tiersNotKnown = () =>
  appError({ code: "tiers_not_known", status: 503, message: "The limits cannot be read at this moment." });
