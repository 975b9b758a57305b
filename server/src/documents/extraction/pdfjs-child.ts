import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { FileMetadata } from "@llm-tuner/contract/documents.ts";
import { getDocument, PasswordException, VerbosityLevel, type PDFDocumentProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import { serveRequests } from "../../platform/processes/child-pool-server.ts";
import type { ReadAnswer, ReadRequest } from "./child-messages.ts";
import { fileMetadata } from "./file-metadata.ts";
import { collectPages } from "./page-collector.ts";

const packageFolder = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
/** It reads these by name, so that each must end in a slash. Without the first, text in Chinese and Japanese is lost. */
const folder = (name: string): string => `${join(packageFolder, name)}/`;

const metadataOf = async (document: PDFDocumentProxy): Promise<FileMetadata> => {
  const { info } = await document.getMetadata();
  const given = new Map<string, unknown>(Object.entries(info));
  return fileMetadata((name) => {
    const value = given.get(name);
    return typeof value === "string" ? value : "";
  });
};

const textOfPage = async (document: PDFDocumentProxy, number: number): Promise<string> => {
  const page = await document.getPage(number);
  try {
    const { items } = await page.getTextContent();
    return items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join("");
  } finally {
    page.cleanup();
  }
};

const readPages = async (
  document: PDFDocumentProxy,
  { bounds }: ReadRequest,
  report: (event: unknown) => void,
): Promise<ReadAnswer> => {
  const { numPages: pageCount } = document;
  report({ pageCount });
  const collector = collectPages(bounds, pageCount);
  const wanted = Math.min(pageCount, bounds.pages);
  let goesOn = true;
  for (let number = 1; number <= wanted && goesOn; number += 1) {
    // A broken page is not the end of the others.
    goesOn = collector.add(await textOfPage(document, number).catch(() => ""));
  }
  return {
    kind: "document",
    pages: collector.pages,
    pageCount,
    truncated: collector.truncated || wanted < pageCount,
    metadata: await metadataOf(document),
    formFields: [],
  };
};

serveRequests(async (request: ReadRequest, report): Promise<ReadAnswer> => {
  const loading = getDocument({
    data: new Uint8Array(readFileSync(request.path)),
    cMapUrl: folder("cmaps"),
    cMapPacked: true,
    standardFontDataUrl: folder("standard_fonts"),
    wasmUrl: folder("wasm"),
    iccUrl: folder("iccs"),
    disableFontFace: true,
    useSystemFonts: false,
    verbosity: VerbosityLevel.ERRORS,
  });
  try {
    const document = await loading.promise;
    return await readPages(document, request, report);
  } catch (error) {
    return { kind: "unopened", reason: error instanceof PasswordException ? "protected" : "damaged" };
  } finally {
    await loading.destroy();
  }
});
