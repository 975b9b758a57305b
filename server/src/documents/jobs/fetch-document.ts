import type { Database } from "../../platform/database/database.ts";
import type { GuardedDownload } from "../../platform/guarded-fetch/guarded-fetch.ts";
import { GuardedFetchError } from "../../platform/guarded-fetch/guarded-fetch.errors.ts";
import type { ObjectStore } from "../../platform/object-store/object-store.ts";
import type { DocumentsConfig } from "../documents.config.ts";
import type { ClaimedDocument } from "./claimed-document.ts";
import { fetchFailure, noAnonymousSpaceLeft, noSpaceLeft } from "./document-failures.ts";
import { documentWorkStore } from "./document-work.store.ts";
import type { HostTurns } from "./host-turns.ts";
import { done, failed, type Step } from "./setback.ts";
import { storeDocument, type StoredContent } from "./store-document.ts";

export interface FetchDocumentDependencies {
  database: Database;
  download: GuardedDownload;
  hosts: HostTurns;
  objectStore: ObjectStore;
  config: Pick<DocumentsConfig, "maxBytes" | "anonymousMaxBytes" | "anonymousBytes" | "bytesPerPerson">;
}

const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : "");

/** The most that this document may have; 0 where there is no space left for its owner. */
async function roomFor(
  { database, config }: FetchDocumentDependencies,
  { userId }: Pick<ClaimedDocument, "userId">,
): Promise<number> {
  const { bytes } = await documentWorkStore.usedBy(database, userId);
  const [most, inAll] =
    userId === null
      ? [Math.min(config.anonymousMaxBytes, config.maxBytes), config.anonymousBytes]
      : [config.maxBytes, config.bytesPerPerson];
  return Math.max(0, Math.min(most, inAll - bytes));
}

/** Brings a document from its address into the object store. Rejects only when the signal is aborted or the store fails. */
export async function fetchDocument(
  dependencies: FetchDocumentDependencies,
  document: ClaimedDocument & { sourceUrl: string },
  signal: AbortSignal,
): Promise<Step<StoredContent>> {
  const { download, hosts, objectStore } = dependencies;
  const maxBytes = await roomFor(dependencies, document);
  if (maxBytes === 0) return failed(document.userId === null ? noAnonymousSpaceLeft : noSpaceLeft);
  try {
    const stored = await hosts.run(hostOf(document.sourceUrl), signal, () =>
      download(document.sourceUrl, { maxBytes, signal }, ({ bytes }) =>
        storeDocument(objectStore, {
          documentId: document.id,
          fileName: document.fileName,
          source: bytes,
          maxBytes,
          tooLarge: () => new GuardedFetchError(`it is larger than ${maxBytes} bytes`, { fault: "too_large" }),
        }),
      ),
    );
    return done(stored);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof GuardedFetchError)) throw error;
    const { failure, mayPass } = fetchFailure(error);
    return failed(failure, mayPass);
  }
}
