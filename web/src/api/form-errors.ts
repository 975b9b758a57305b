import { CallError } from "./call.ts";

/** What the platform refused, by the field of the form that it named; fields that the form does not have are left out. */
export const fieldErrors = (error: unknown, names: readonly string[]): { name: string; message: string }[] => {
  if (!(error instanceof CallError)) return [];
  const { message } = error;
  const fields = (error.details?.places ?? []).flatMap(({ field }) => (field === undefined ? [] : [field]));
  return [...new Set(fields)].filter((field) => names.includes(field)).map((name) => ({ name, message }));
};
