import { trainingFileTypes } from "@llm-tuner/contract/files.ts";
import { appError } from "../platform/errors.ts";

const size = (bytes: number): string =>
  bytes < 1024 ** 2
    ? `${bytes.toLocaleString("en")} bytes`
    : `${(bytes / 1024 ** 2).toLocaleString("en", { maximumFractionDigits: 1 })} MiB`;

export const fileNotFound = (nameOrId: string) =>
  appError({
    code: "file_not_found",
    status: 404,
    message: `There is no file ${nameOrId.slice(0, 255)}.`,
    details: { remedy: "GET /api/files lists your files." },
  });

export const noFiles = () =>
  appError({
    code: "no_files",
    status: 400,
    message: "The upload holds no file.",
    details: {
      places: [{ field: "files" }],
      remedy: "Send one or more files as multipart/form-data in the field `files`.",
    },
  });

export const tooManyFiles = (limit: number) =>
  appError({
    code: "too_many_files",
    status: 400,
    message: `One upload may bring ${limit} files at most.`,
    details: { places: [{ field: "files" }], remedy: "Send several uploads." },
  });

export const fileEmpty = (name: string) =>
  appError({
    code: "file_empty",
    status: 400,
    message: `${name} is empty.`,
    details: { places: [{ file: name }] },
  });

export const fileTooLarge = (name: string, limit: number) =>
  appError({
    code: "file_too_large",
    status: 413,
    message: `${name} is larger than ${size(limit)}.`,
    details: { places: [{ file: name }], remedy: "Split the file." },
  });

export const storageQuotaExceeded = (limit: number) =>
  appError({
    code: "storage_quota_exceeded",
    status: 413,
    message: `Your files may take ${size(limit)} together, and this upload would exceed that.`,
    details: { remedy: "Delete files that you no longer need." },
  });

export const unsupportedFileType = (name: string, found: string) =>
  appError({
    code: "unsupported_file_type",
    status: 415,
    message: `${name} cannot become training data: ${found}.`,
    details: {
      places: [{ file: name }],
      remedy: `Upload plain text with the extension ${trainingFileTypes.join(", ")}.`,
    },
  });
