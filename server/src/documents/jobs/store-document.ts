import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { safeFilename } from "../../platform/object-store/object-key.ts";
import type { ObjectStore } from "../../platform/object-store/object-store.ts";

export const documentPrefix = "documents/";

export interface StoredContent {
  objectKey: string;
  bytes: number;
  sha256: string;
}

interface StoreDocument {
  documentId: string;
  fileName: string;
  source: AsyncIterable<Uint8Array>;
  maxBytes: number;
  /** What is thrown when there are more. */
  tooLarge: () => Error;
}

/** Puts a document into the object store while it arrives; when it fails or grows too large, nothing is left. */
export async function storeDocument(
  objectStore: ObjectStore,
  { documentId, fileName, source, maxBytes, tooLarge }: StoreDocument,
): Promise<StoredContent> {
  const objectKey = `${documentPrefix}${documentId}/${safeFilename(fileName)}`;
  const sha256 = createHash("sha256");
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge();
      sha256.update(chunk);
      yield chunk;
    }
  }
  await objectStore.put(objectKey, Readable.from(counted(), { objectMode: false }));
  return { objectKey, bytes, sha256: sha256.digest("hex") };
}
