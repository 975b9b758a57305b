import type { FileMetadata, FormField } from "@llm-tuner/contract/documents.ts";
import { cleanText, cutText } from "./clean-text.ts";
import { fileMetadata } from "./file-metadata.ts";
import { decodeUtf16, type Pdfium } from "./pdfium.ts";

export interface OpenedDocument {
  address: number;
  /** Of the form, where the file has one. */
  form: number | undefined;
  fields: Map<string, string>;
}
export type OpenFailure = { reason: "protected" | "damaged" | "empty" };

/** Codes of FPDF_GetLastError: a password is missing, or the file is secured in a way that is not known. */
const protectedErrors = new Set([4, 5]);

/** Runs with the document that lies at `address` and closes it whatever happens; says why when it cannot be opened. */
export const withDocument = async <Result>(
  { api }: Pdfium,
  { address, bytes }: { address: number; bytes: number },
  use: (document: OpenedDocument) => Promise<Result>,
): Promise<Result | OpenFailure> => {
  const document = api.FPDF_LoadMemDocument(address, bytes, "");
  if (document === 0) return { reason: protectedErrors.has(api.FPDF_GetLastError()) ? "protected" : "damaged" };
  const hasForm = api.FPDF_GetFormType(document) > 0;
  const formInfo = hasForm ? api.PDFiumExt_OpenFormFillInfo() : 0;
  const form = hasForm ? api.PDFiumExt_InitFormFillEnvironment(document, formInfo) : 0;
  try {
    if (api.FPDF_GetPageCount(document) < 1) return { reason: "empty" };
    return await use({ address: document, form: form === 0 ? undefined : form, fields: new Map() });
  } finally {
    if (form !== 0) api.PDFiumExt_ExitFormFillEnvironment(form);
    if (formInfo !== 0) api.PDFiumExt_CloseFormFillInfo(formInfo);
    api.FPDF_CloseDocument(document);
  }
};

/** Runs with a page and closes it whatever happens: each that stays open keeps its memory. Undefined for a broken one. */
export const withPage = <Result>(
  { api }: Pdfium,
  document: OpenedDocument,
  index: number,
  use: (page: number) => Result,
): Result | undefined => {
  const page = api.FPDF_LoadPage(document.address, index);
  if (page === 0) return undefined;
  try {
    return use(page);
  } finally {
    api.FPDF_ClosePage(page);
  }
};

/** PDFium puts this in the place of a hyphen and the end of the line after it: the word goes on. */
const hyphenation = /\uFFFE(?:\r?\n)?/g;

/** What is printed on a page. */
export const textOfPage = ({ api, memory, withMemory }: Pdfium, page: number): string => {
  const text = api.FPDFText_LoadPage(page);
  if (text === 0) return "";
  try {
    const characters = api.FPDFText_CountChars(text);
    if (characters <= 0) return "";
    // One character may be two units; the call never writes more than it is told there is room for.
    return withMemory((characters * 2 + 2) * 2, (address) => {
      const units = api.FPDFText_GetText(text, 0, characters, address);
      const written = decodeUtf16(memory().subarray(address, address + Math.max(0, units - 1) * 2));
      return written.replace(hyphenation, "");
    });
  } finally {
    api.FPDFText_ClosePage(text);
  }
};

const annotationTypes = { link: 2, popup: 16, widget: 20 } as const;
const fieldTypes = {
  pushButton: 1,
  checkBox: 2,
  radioButton: 3,
  comboBox: 4,
  listBox: 5,
  text: 6,
  signature: 7,
} as const;
const passwordFlag = 1 << 13;
const mostAnnotationsPerPage = 2000;
const mostFields = 2000;
const longestField = 10_000;

/** The value of a form field; undefined for one that holds no text of a person. */
const fieldOf = (pdfium: Pdfium, form: number, annotation: number): (FormField & { isText: boolean }) | undefined => {
  const { api, readText } = pdfium;
  const type = api.FPDFAnnot_GetFormFieldType(form, annotation);
  if (type <= 0 || type === fieldTypes.pushButton || type === fieldTypes.signature) return undefined;
  const isButton = type === fieldTypes.checkBox || type === fieldTypes.radioButton;
  if (isButton && !api.FPDFAnnot_IsChecked(form, annotation)) return undefined;
  if (type === fieldTypes.text && (api.FPDFAnnot_GetFormFieldFlags(form, annotation) & passwordFlag) !== 0)
    return undefined;
  const read = (call: typeof api.FPDFAnnot_GetFormFieldValue): string =>
    cutText(cleanText(readText((address, bytes) => call(form, annotation, address, bytes))), longestField);
  const name = read(api.FPDFAnnot_GetFormFieldName);
  const value = read(api.FPDFAnnot_GetFormFieldValue);
  return value === "" ? undefined : { name, value, isText: !isButton };
};

/** What people have written on a page: notes, and the fields of a form, of which each is told once. */
export const writtenOnPage = (pdfium: Pdfium, document: OpenedDocument, page: number): string[] => {
  const { api, readText } = pdfium;
  const written: string[] = [];
  const annotations = Math.min(api.FPDFPage_GetAnnotCount(page), mostAnnotationsPerPage);
  for (let index = 0; index < annotations; index += 1) {
    const annotation = api.FPDFPage_GetAnnot(page, index);
    if (annotation === 0) continue;
    try {
      const type = api.FPDFAnnot_GetSubtype(annotation);
      if (type === annotationTypes.widget) {
        const field = document.form === undefined ? undefined : fieldOf(pdfium, document.form, annotation);
        if (!field || document.fields.has(field.name) || document.fields.size >= mostFields) continue;
        document.fields.set(field.name, field.value);
        if (field.isText) written.push(field.value);
      } else if (type !== annotationTypes.link && type !== annotationTypes.popup) {
        const note = readText((address, bytes) => api.FPDFAnnot_GetStringValue(annotation, "Contents", address, bytes));
        if (note.trim() !== "") written.push(note);
      }
    } finally {
      api.FPDFPage_CloseAnnot(annotation);
    }
  }
  return written;
};

export const metadataOf = ({ api, readText }: Pdfium, { address }: OpenedDocument): FileMetadata =>
  fileMetadata((name) => readText((buffer, bytes) => api.FPDF_GetMetaText(address, name, buffer, bytes)));
