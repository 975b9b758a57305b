import * as contract from "@llm-tuner/contract/files.ts";
import type { MultipartFile } from "@fastify/multipart";
import { create as contentDisposition } from "content-disposition";
import { route, type Route } from "../platform/http/route.ts";
import { type UploadedPart, watchedPart } from "../platform/http/uploads/uploaded-part.ts";
import { parseByteRange } from "./byte-range.ts";
import { toStoredFile } from "./file-view.ts";
import type { FileRecord } from "./files.store.ts";
import type { FilesUsecases } from "./files.usecases.ts";

async function* partsOf(files: AsyncIterable<MultipartFile>, signal: AbortSignal): AsyncGenerator<UploadedPart> {
  for await (const file of files) yield* watchedPart(file, signal);
}

/** Nothing that a user uploaded is ever shown by a browser as a page of ours. */
const downloadHeaders = (file: FileRecord): Record<string, string> => ({
  "accept-ranges": "bytes",
  "cache-control": "private, no-store",
  "content-disposition": contentDisposition(file.originalName),
  "content-security-policy": "sandbox; default-src 'none'",
  "content-type": "application/octet-stream",
  "x-content-type-options": "nosniff",
  etag: `"${file.sha256}"`,
});

export const createFilesRoutes = (files: FilesUsecases): Route[] => [
  route(contract.upload, async ({ caller, files: uploaded, signal }) => {
    const stored = await files.upload(caller.userId, partsOf(uploaded(), signal));
    const message = stored.length === 1 ? "1 file uploaded." : `${stored.length} files uploaded.`;
    return { status: 201, body: { message, files: stored.map(toStoredFile) } };
  }),

  route(contract.listFiles, async ({ caller, query }) => {
    const page = await files.list(caller.userId, query);
    return { status: 200, body: { files: page.rows.map(toStoredFile), next_cursor: page.nextCursor } };
  }),

  route(contract.getFile, async ({ caller, params }) => ({
    status: 200,
    body: toStoredFile(await files.getOwned(caller.userId, params.id)),
  })),

  route(contract.deleteFile, async ({ caller, params }) => {
    await files.delete(caller.userId, params.id);
    return { status: 204 };
  }),

  route(contract.getFileContent, async ({ caller, params, headers }) => {
    const file = await files.getOwned(caller.userId, params.id);
    const common = downloadHeaders(file);
    // A range of an older version would be joined to a newer one.
    const isCurrent = headers["if-range"] === undefined || headers["if-range"] === common.etag;
    const range = isCurrent ? parseByteRange(headers.range, file.bytes) : undefined;
    if (range === "unsatisfiable") {
      return { status: 416, headers: { "accept-ranges": "bytes", "content-range": `bytes */${file.bytes}` } };
    }
    const { stream, bytes } = await files.openRange(file, range);
    const headersWithLength = { ...common, "content-length": String(bytes) };
    if (!range) return { status: 200, headers: headersWithLength, body: stream };
    const contentRange = `bytes ${range.start}-${range.end}/${file.bytes}`;
    return { status: 206, headers: { ...headersWithLength, "content-range": contentRange }, body: stream };
  }),
];
