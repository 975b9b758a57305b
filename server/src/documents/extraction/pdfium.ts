import { readFileSync, openSync, closeSync, fstatSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { init, type WrappedPdfiumModule } from "@embedpdf/pdfium";
import { pdfiumOutOfMemory, pdfiumUnusable } from "./extraction.errors.ts";

/** The raw functions of PDFium, and what is needed around them to hand over memory. */
export interface Pdfium {
  readonly api: WrappedPdfiumModule;
  /** Runs with so many bytes of PDFium's memory, which are taken back afterwards. */
  withMemory<Result>(bytes: number, use: (address: number) => Result): Result;
  /** The memory as it is now: it moves when it grows, so that nobody may keep a view of it. */
  memory(): Uint8Array;
  /** Calls a function of the usual form, which tells the length of a text (UTF-16) and writes it where there is room. */
  readText(call: (address: number, bytes: number) => number): string;
}

// A byte order mark within a text is none of ours to take away.
const utf16 = new TextDecoder("utf-16le", { ignoreBOM: true });
/** Longer texts in the place of a name or a title are an attack, or a mistake. */
const longestTextBytes = 2_000_000;

export const decodeUtf16 = (bytes: Uint8Array): string => utf16.decode(bytes);

/** The package's types leave out where its memory is. */
const heapOf = (module: object): Uint8Array => {
  if ("HEAPU8" in module && module.HEAPU8 instanceof Uint8Array) return module.HEAPU8;
  throw pdfiumUnusable();
};

/**
 * What is called for every page, without the wrapper around it, which looks up the function and converts its parameters
 * at every call. Only functions that take and return numbers can do without it.
 */
const calledOften = [
  "FPDF_LoadPage",
  "FPDF_ClosePage",
  "FPDFText_LoadPage",
  "FPDFText_ClosePage",
  "FPDFText_CountChars",
  "FPDFText_GetText",
  "FPDFPage_GetAnnotCount",
  "FPDFPage_GetAnnot",
  "FPDFPage_CloseAnnot",
  "FPDFAnnot_GetSubtype",
  "FPDFAnnot_GetFormFieldType",
  "FPDFAnnot_GetFormFieldFlags",
  "FPDFAnnot_GetFormFieldName",
  "FPDFAnnot_GetFormFieldValue",
] as const satisfies (keyof WrappedPdfiumModule)[];

const unwrapOften = (api: WrappedPdfiumModule): void => {
  for (const name of calledOften) {
    const direct: unknown = Reflect.get(api.pdfium.wasmExports, name);
    if (typeof direct !== "function") throw pdfiumUnusable();
    Reflect.set(api, name, direct);
  }
};

export const loadPdfium = async (): Promise<Pdfium> => {
  const wasmBinary = readFileSync(createRequire(import.meta.url).resolve("@embedpdf/pdfium/pdfium.wasm"));
  const api = await init({ wasmBinary });
  unwrapOften(api);
  api.PDFiumExt_Init();
  const { malloc, free } = api.pdfium.wasmExports;

  const memory = (): Uint8Array => heapOf(api.pdfium);
  const withMemory: Pdfium["withMemory"] = (bytes, use) => {
    const address = malloc(bytes);
    if (address === 0) throw pdfiumOutOfMemory(bytes);
    try {
      return use(address);
    } finally {
      free(address);
    }
  };
  return {
    api,
    memory,
    withMemory,
    readText(call) {
      const bytes = call(0, 0);
      // The length counts the zero at the end.
      if (bytes <= 2 || bytes > longestTextBytes) return "";
      return withMemory(bytes, (address) => {
        call(address, bytes);
        return decodeUtf16(memory().subarray(address, address + bytes - 2));
      });
    },
  };
};

/** Reads a file straight into PDFium's memory, so that it is held once only, and runs with where it lies. */
export const withFile = async <Result>(
  { api, memory }: Pdfium,
  path: string,
  use: (place: { address: number; bytes: number }) => Promise<Result>,
): Promise<Result> => {
  const { malloc, free } = api.pdfium.wasmExports;
  const file = openSync(path, "r");
  let address = 0;
  try {
    const { size } = fstatSync(file);
    address = malloc(Math.max(1, size));
    if (address === 0) throw pdfiumOutOfMemory(size);
    let bytes = 0;
    while (bytes < size) {
      const read = readSync(file, memory(), address + bytes, size - bytes, bytes);
      if (read === 0) break;
      bytes += read;
    }
    return await use({ address, bytes });
  } finally {
    if (address !== 0) free(address);
    closeSync(file);
  }
};
