import { ReturnTo } from "@llm-tuner/contract/external-sign-in.ts";

/** Where to go after signing in: a path of these very pages, or the start page for whatever else was asked for. */
export const safeReturnPath = (wanted: unknown, origin = location.origin): string => {
  const path = ReturnTo.safeParse(wanted).data;
  // Browsers read some paths as addresses of other hosts; what they would make of it decides.
  return path !== undefined && URL.canParse(path, origin) && new URL(path, origin).origin === origin ? path : "/";
};
