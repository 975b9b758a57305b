import { setImmediate } from "node:timers/promises";
import { serveRequests } from "../../platform/processes/child-pool-server.ts";
import type { PageCountEvent, PdfiumAnswer, ReadRequest, RenderRequest } from "./child-messages.ts";
import { collectPages } from "./page-collector.ts";
import {
  metadataOf,
  textOfPage,
  withDocument,
  withPage,
  writtenOnPage,
  type OpenedDocument,
} from "./pdfium-document.ts";
import { loadPdfium, withFile } from "./pdfium.ts";
import { renderPage } from "./render-page.ts";

const pdfium = await loadPdfium();

const readDocument = async (
  document: OpenedDocument,
  { bounds }: ReadRequest,
  report: (event: PageCountEvent) => void,
): Promise<PdfiumAnswer> => {
  const pageCount = pdfium.api.FPDF_GetPageCount(document.address);
  report({ pageCount });
  // What is reported goes out before the work that it is about.
  await setImmediate();
  const collector = collectPages(bounds, pageCount);
  const wanted = Math.min(pageCount, bounds.pages);
  let goesOn = true;
  for (let index = 0; index < wanted && goesOn; index += 1) {
    const text = withPage(pdfium, document, index, (page) =>
      [textOfPage(pdfium, page), ...writtenOnPage(pdfium, document, page)].join("\n"),
    );
    goesOn = collector.add(text ?? "");
  }
  return {
    kind: "document",
    pages: collector.pages,
    pageCount,
    truncated: collector.truncated || wanted < pageCount,
    metadata: metadataOf(pdfium, document),
    formFields: [...document.fields].map(([name, value]) => ({ name, value })),
  };
};

serveRequests((request: ReadRequest | RenderRequest, report): Promise<PdfiumAnswer> =>
  withFile(pdfium, request.path, async (place) => {
    const answer = await withDocument(pdfium, place, async (document): Promise<PdfiumAnswer> => {
      if (request.kind === "read") return readDocument(document, request, report);
      const image = renderPage(pdfium, document, request);
      return image ? { kind: "image", image } : { kind: "unopened", reason: "damaged" };
    });
    return "kind" in answer ? answer : { kind: "unopened", reason: answer.reason };
  }),
);
