import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { inTemporaryFolder } from "../../../platform/file-system/temporary-folders.ts";
import type { ObjectStore } from "../../../platform/object-store/object-store.ts";
import type { Extractor } from "../../extraction/extraction.ts";
import { documentWithoutFile, pageNotDrawn, pageNotFound } from "../library.errors.ts";
import type { DetailRow } from "./document-rows.ts";

interface PictureRequest {
  document: Pick<DetailRow, "object_key" | "page_count">;
  /** From 1. */
  page: number;
  widthPx: number;
  signal: AbortSignal;
}

/** A page of a stored file as a PNG, drawn by a child process. */
export async function pagePicture(
  { document, page, widthPx, signal }: PictureRequest,
  { objectStore, extractor }: { objectStore: ObjectStore; extractor: Pick<Extractor, "renderPage"> },
): Promise<Uint8Array> {
  const { object_key: key, page_count: pageCount } = document;
  if (key === null) throw documentWithoutFile();
  if (pageCount !== null && page > pageCount) throw pageNotFound(page);
  return inTemporaryFolder(async (folder) => {
    const path = join(folder, "document");
    const { stream } = await objectStore.get(key);
    await pipeline(stream, createWriteStream(path), { signal });
    const drawn = await extractor.renderPage({ path, page: page - 1, widthPx }, { signal });
    if (!drawn.ok) throw pageNotDrawn(drawn.failure.message);
    return drawn.png;
  });
}
