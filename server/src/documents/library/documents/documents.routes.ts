import { Readable } from "node:stream";
import * as contract from "@llm-tuner/contract/documents.ts";
import { create as contentDisposition } from "content-disposition";
import { route, type Route } from "../../../platform/http/route.ts";
import type { ObjectStore } from "../../../platform/object-store/object-store.ts";
import type { Extractor } from "../../extraction/extraction.ts";
import type { DocumentsUsecases } from "./documents.usecases.ts";
import { pagePicture } from "./page-picture.ts";

type StoredFile = Awaited<ReturnType<DocumentsUsecases["file"]>>;

/** What strangers wrote is never shown by a browser as a page of ours. */
const neverAPage = {
  "content-security-policy": "sandbox; default-src 'none'",
  "x-content-type-options": "nosniff",
};

const download = ({ document, stream, bytes }: StoredFile) => ({
  status: 200 as const,
  headers: {
    ...neverAPage,
    "cache-control": "private, no-store",
    "content-disposition": contentDisposition(document.file_name),
    "content-length": String(bytes),
  },
  body: stream,
});

interface DocumentsRoutesDependencies {
  documents: DocumentsUsecases;
  objectStore: ObjectStore;
  extractor: Pick<Extractor, "renderPage">;
}

export const createDocumentsRoutes = ({ documents, objectStore, extractor }: DocumentsRoutesDependencies): Route[] => [
  route(contract.listDocuments, async ({ caller, query }) => {
    const { limit, offset } = query;
    return { status: 200, body: { ...(await documents.list(caller, query)), limit, offset } };
  }),

  route(contract.getDocument, async ({ caller, params }) => ({
    status: 200,
    body: await documents.detail(caller, params.id),
  })),

  route(contract.updateDocument, async ({ caller, params, body }) => ({
    status: 200,
    body: await documents.update(caller, params.id, body),
  })),

  route(contract.deleteDocument, async ({ caller, params }) => {
    await documents.delete(caller, params.id);
    return { status: 204 };
  }),

  route(contract.getDocumentText, async ({ caller, params }) => ({
    status: 200,
    headers: { ...neverAPage, "cache-control": "private, no-store" },
    body: await documents.text(caller, params.id),
  })),

  route(contract.getDocumentFile, async ({ caller, params }) => download(await documents.file(caller, params.id))),

  route(contract.getDocumentPage, async ({ caller, params, query, signal }) => {
    const document = await documents.find(caller, params.id);
    const request = { document, page: params.page, widthPx: query.width, signal };
    const png = await pagePicture(request, { objectStore, extractor });
    return {
      status: 200,
      headers: {
        ...neverAPage,
        "cache-control": "private, max-age=3600",
        "content-length": String(png.byteLength),
      },
      // A list of one, since a Uint8Array by itself would be sent byte by byte.
      body: Readable.from([Buffer.from(png)]),
    };
  }),

  route(contract.createDocumentLink, async ({ caller, params }) => {
    const { url, expiresAt } = await documents.createLink(caller, params.id);
    return { status: 200, body: { url, expires_at: expiresAt.toISOString() } };
  }),

  route(contract.downloadLinkedDocument, async ({ params }) => download(await documents.linkedFile(params.token))),
];
