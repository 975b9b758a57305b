import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { Database } from "../platform/database/database.ts";
import { createGuardedDownload, type GuardedFetchOptions } from "../platform/guarded-fetch/guarded-fetch.ts";
import type { Log } from "../platform/log/log.ts";
import type { Mailer } from "../platform/mail/mailer.ts";
import type { DomainModule } from "../platform/module.ts";
import type { ObjectStore } from "../platform/object-store/object-store.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Clock } from "../platform/time/clock.ts";
import type { documentsSettings } from "./documents.config.ts";
import { createDocumentMetrics } from "./document-metrics.ts";
import { createExtractor } from "./extraction/extractor.ts";
import { createDocumentJobs } from "./jobs/create-document-jobs.ts";
import { DocumentJobsStore } from "./jobs/document-jobs.store.ts";
import { createDocumentLibrary } from "./library/create-document-library.ts";
import { createDocumentQuality, type DocumentQuality } from "./library/quality/quality.store.ts";
import type { Tagger, TrainingDataMaker } from "./ports.ts";
import { collectTemporaryFolders } from "../platform/file-system/temporary-folders.ts";
import { createReadSpreadsheet } from "./spreadsheets/read-spreadsheet.ts";

export type { SuggestedTag, Tagger, TaggingOutcome, TaggingRequest, TrainingDataMaker } from "./ports.ts";

export interface DocumentsDependencies {
  database: Database;
  queue: Queue;
  objectStore: ObjectStore;
  audit: AuditTrail;
  mailer: Mailer;
  publicUrl: () => string;
  /** Makes and checks addresses that download a document without credentials. */
  linkKey: Uint8Array;
  /** The address of a person whose account works. */
  emailOf: (userId: string) => Promise<string | undefined>;
  isActive: (userId: string) => Promise<boolean>;
  tagger: Tagger;
  trainingData: TrainingDataMaker;
  dataDir: string;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof documentsSettings>;
  /** Which hosts are outside, and how they are found; the public internet unless said otherwise. */
  outside?: Pick<Partial<GuardedFetchOptions>, "resolve" | "isAllowed" | "ports">;
}

export interface DocumentsModule extends DomainModule, DocumentQuality {
  /** A person's tags, most used first. */
  knownTags: (userId: string) => Promise<string[]>;
  /** In Prometheus' text format: of this process, and what waits in the database. */
  metrics: () => Promise<string>;
}

/** Documents in, text and tags out: taken in, read, tagged, kept, searched and exported. */
export function createDocumentsModule(dependencies: DocumentsDependencies): DocumentsModule {
  const { database, config, log } = dependencies;
  const metrics = createDocumentMetrics(dependencies);
  const extractor = metrics.timedExtractor(createExtractor({ config, log }));
  const download = createGuardedDownload({
    ...dependencies.outside,
    insideHosts: config.insideHosts,
    totalTimeoutMs: config.fetchSeconds * 1000,
    maxRedirects: 5,
  });
  const spreadsheets = createReadSpreadsheet({ log });
  const jobsStore = new DocumentJobsStore(database);
  const library = createDocumentLibrary({
    ...dependencies,
    extractor,
    jobsByStatus: (userId) => jobsStore.countByStatus(userId),
  });
  const jobs = createDocumentJobs({
    ...dependencies,
    tagger: metrics.timedTagger(dependencies.tagger),
    metrics,
    extractor,
    download,
    readSpreadsheet: spreadsheets.read,
    library,
  });
  return {
    ...createDocumentQuality(database),
    knownTags: library.knownTags,
    metrics: metrics.text,
    routes: [...jobs.routes, ...library.routes],
    workers: jobs.workers,
    ...(jobs.personalData === undefined ? {} : { personalData: jobs.personalData }),
    async start() {
      const removed = await collectTemporaryFolders();
      if (removed > 0) log.info({ removed }, "temporary folders of processes that were killed were removed");
      await jobs.start?.();
    },
    async stop() {
      await jobs.stop?.();
      await extractor.close();
      await spreadsheets.close();
    },
  };
}
