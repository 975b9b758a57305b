import { appError } from "../../platform/errors.ts";

/** Ends the child process that it happens in. */
export const pdfiumOutOfMemory = (bytes: number) =>
  appError({
    code: "pdfium_out_of_memory",
    status: 500,
    message: `PDFium is out of memory: it has no ${bytes} bytes left.`,
  });

export const pdfiumUnusable = () =>
  appError({ code: "pdfium_unusable", status: 500, message: "The installed PDFium does not show its memory." });
