import { getDocumentStats } from "@llm-tuner/contract/documents.ts";
import type { AuditTrail } from "../../accounts/accounts.module.ts";
import type { Database } from "../../platform/database/database.ts";
import { route, type Route } from "../../platform/http/route.ts";
import type { ObjectStore } from "../../platform/object-store/object-store.ts";
import { type ArchiveFile, jsonLines } from "../../platform/personal-data/personal-data.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { Extractor } from "../extraction/extraction.ts";
import type { TrainingDataMaker } from "../ports.ts";
import { createDocumentsRoutes } from "./documents/documents.routes.ts";
import { documentViews } from "./documents/document-views.ts";
import { documentsStore } from "./documents/documents.store.ts";
import { createDocumentsUsecases } from "./documents/documents.usecases.ts";
import { createExportRoutes } from "./export/export.routes.ts";
import { createExports } from "./export/export.usecases.ts";
import type { DocumentLibrary } from "./library.ts";
import { indexDocument } from "./search/index-document.ts";
import { correctionStore } from "./search/correction.store.ts";
import { facetsStore } from "./search/facets.store.ts";
import { hitsStore } from "./search/hits.store.ts";
import { searchStore } from "./search/search.store.ts";
import { createSearchRoutes } from "./search/search.routes.ts";
import { createSearchUsecases } from "./search/search.usecases.ts";
import { statsStore } from "./stats.store.ts";
import { createStats } from "./stats.usecases.ts";
import { recordTags } from "./tags/record-tags.ts";
import { createTagsRoutes } from "./tags/tags.routes.ts";
import { tagUsesStore } from "./tags/tag-uses.store.ts";
import { tagsStore } from "./tags/tags.store.ts";
import { createTagsUsecases } from "./tags/tags.usecases.ts";

export interface DocumentLibraryDependencies {
  database: Database;
  objectStore: ObjectStore;
  extractor: Pick<Extractor, "renderPage">;
  trainingData: TrainingDataMaker;
  /** How many jobs of a person stand where. */
  jobsByStatus: (userId: string) => Promise<Record<string, number>>;
  /** Signs the links that download a file without credentials. */
  linkKey: Uint8Array;
  publicUrl: () => string;
  audit: AuditTrail;
  clock: Clock;
  config: { anonymous: boolean };
}

export interface DocumentLibraryPart extends DocumentLibrary {
  routes: Route[];
  /** A person's documents with their texts and tags, and their library of tags. */
  personalFiles(userId: string): ArchiveFile[];
}

/** What became of documents: lists, texts, tags and what people decided of them, search, numbers, exports. */
export function createDocumentLibrary(dependencies: DocumentLibraryDependencies): DocumentLibraryPart {
  const { database, clock } = dependencies;
  const viewsOf = (ids: readonly string[]) => documentViews(database, ids);
  const documents = createDocumentsUsecases({ ...dependencies, documentsStore });
  const tags = createTagsUsecases({ database, tagsStore, tagUsesStore, searchStore, clock });
  const search = createSearchUsecases({
    database,
    searchStore,
    hitsStore,
    facetsStore,
    correctionStore,
    viewsOf,
    clock,
  });
  const exports = createExports({ ...dependencies, documentsStore, search });
  const stats = createStats({ ...dependencies, statsStore, documents });
  return {
    recordTags: (transaction, given) => recordTags(transaction, given, clock),
    indexDocument,
    knownTags: tags.known,
    documentViews: viewsOf,
    personalFiles: (userId) => [
      jsonLines("documents.jsonl", () => exports.all(userId)),
      jsonLines("tags.jsonl", () => tags.all(userId)),
    ],
    routes: [
      ...createSearchRoutes(search),
      ...createExportRoutes(exports),
      ...createDocumentsRoutes({ ...dependencies, documents }),
      ...createTagsRoutes(tags),
      route(getDocumentStats, async ({ caller }) => ({ status: 200, body: await stats(caller.userId) })),
    ],
  };
}
