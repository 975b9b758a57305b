import { join } from "node:path";
import type { AuditTrail } from "../../accounts/accounts.module.ts";
import type { Database } from "../../platform/database/database.ts";
import { RowFeed } from "../../platform/database/row-feed.ts";
import type { GuardedDownload } from "../../platform/guarded-fetch/guarded-fetch.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Mailer } from "../../platform/mail/mailer.ts";
import type { DomainModule } from "../../platform/module.ts";
import type { ObjectStore } from "../../platform/object-store/object-store.ts";
import type { Queue } from "../../platform/queue/queue.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { createHousekeeping } from "../../platform/time/housekeeping.ts";
import type { DocumentMetrics } from "../document-metrics.ts";
import type { DocumentsConfig } from "../documents.config.ts";
import type { Extractor } from "../extraction/extraction.ts";
import type { DocumentLibrary } from "../library/library.ts";
import type { Tagger } from "../ports.ts";
import { createAnonymousLimit } from "./anonymous-limit.ts";
import { ClaimsStore } from "./claims.store.ts";
import { Dispatcher } from "./dispatcher.ts";
import { createDocumentJobWorkers } from "./document-jobs.jobs.ts";
import { createDocumentJobRoutes } from "./document-jobs.routes.ts";
import { documentJobChannel, DocumentJobsStore } from "./document-jobs.store.ts";
import { documentResultsStore } from "./document-results.store.ts";
import { documentWorkStore } from "./document-work.store.ts";
import { DocumentWriter } from "./document-writer.ts";
import { createExpiry } from "./expiry.ts";
import { HostTurns } from "./host-turns.ts";
import { DocumentIntake, type ReadSpreadsheet } from "./intake.usecases.ts";
import { JobChangesStore } from "./job-changes.store.ts";
import { JobsUsecases } from "./jobs.usecases.ts";
import { deleteUnreferenced, sweepOrphans } from "./orphan-objects.ts";
import { createPersonalDocuments, type PersonalDocumentsDependencies } from "./personal-documents.ts";
import { DocumentProcessing } from "./process-document.ts";
import { DocumentTagging } from "./tag-document.ts";

export interface DocumentJobsDependencies {
  database: Database;
  queue: Queue;
  objectStore: ObjectStore;
  audit: AuditTrail;
  mailer: Mailer;
  publicUrl: () => string;
  /** The address of a person whose account works. */
  emailOf: (userId: string) => Promise<string | undefined>;
  isActive: (userId: string) => Promise<boolean>;
  download: GuardedDownload;
  readSpreadsheet: ReadSpreadsheet;
  extractor: Pick<Extractor, "extract">;
  library: DocumentLibrary & PersonalDocumentsDependencies["library"];
  tagger: Tagger;
  metrics: DocumentMetrics;
  dataDir: string;
  clock: Clock;
  log: Log;
  config: DocumentsConfig;
}

/** From an address or a file to a document with text and tags, however often a process ends on the way. */
export function createDocumentJobs(dependencies: DocumentJobsDependencies): DomainModule {
  const { database, objectStore, clock, log, config, dataDir } = dependencies;
  const feed = new RowFeed(database, documentJobChannel);
  const jobs = new DocumentJobsStore(database);
  const changes = new JobChangesStore(database);
  const writer = new DocumentWriter({ ...dependencies, jobs, changes });
  const workFolder = join(dataDir, "document-work");
  const parts = { ...dependencies, feed, jobs, changes, writer, workFolder };
  const processing = new DocumentProcessing({
    ...parts,
    hosts: new HostTurns(config.fetchesPerHost),
    tagging: new DocumentTagging(parts),
  });
  const dispatcher = new Dispatcher({ ...parts, claims: new ClaimsStore(database), processing });
  const onWork = () => dispatcher.wake();
  const usecases = new JobsUsecases({ ...parts, results: documentResultsStore, onWork });
  const intake = new DocumentIntake({
    ...parts,
    work: documentWorkStore,
    anonymousLimit: createAnonymousLimit(config.anonymousJobsPerHour),
    onWork,
  });
  const expire = createExpiry({ jobs, usecases, clock });
  const housekeeping = createHousekeeping({
    tasks: [expire, () => sweepOrphans(clock.now(), { database, objectStore })],
    log,
  });

  return {
    routes: createDocumentJobRoutes({ intake, usecases }),
    workers: createDocumentJobWorkers({
      ...parts,
      onWork,
      deleteObjects: (keys) => deleteUnreferenced(keys, { database, objectStore }),
    }),
    personalData: createPersonalDocuments({ ...parts, usecases }),
    async start() {
      await dispatcher.start();
      housekeeping.start();
    },
    async stop() {
      await housekeeping.stop();
      await dispatcher.stop();
      await feed.close();
    },
  };
}
