import { CallError } from "./call.ts";

interface Described {
  message: string;
  remedy: string | undefined;
  requestId: string | undefined;
  places: { where: string; excerpt: string | undefined }[];
}

/** Any failure in the words and places that the platform gave. */
export const describeError = (error: unknown): Described => {
  if (!(error instanceof CallError)) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      message: `Something went wrong in this page: ${message}`,
      remedy: "Reload the page.",
      requestId: undefined,
      places: [],
    };
  }
  const places = (error.details?.places ?? []).map(({ file, line, column, field, excerpt }) => ({
    where: [file, line === undefined ? undefined : `line ${line}`, column, field]
      .filter((part) => part !== undefined)
      .join(", "),
    excerpt,
  }));
  return { message: error.message, remedy: error.details?.remedy, requestId: error.requestId, places };
};
