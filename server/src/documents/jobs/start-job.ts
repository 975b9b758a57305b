import type { DocumentJobType } from "@llm-tuner/contract/document-jobs.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { newId } from "../../platform/ids.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { DocumentsConfig } from "../documents.config.ts";
import {
  anonymousSpaceFull,
  budgetWithoutPrice,
  documentSpaceExceeded,
  tooManyDocuments,
  tooManyKept,
} from "../documents.errors.ts";
import type { Tagger } from "../ports.ts";
import { storedCallerOf } from "../../platform/http/stored-caller.ts";
import type { DocumentJobsStore } from "./document-jobs.store.ts";
import { documentWorkStore } from "./document-work.store.ts";
import type { DocumentWriter } from "./document-writer.ts";
import type { JobOptions, JobRecord, NewDocument } from "./job-record.ts";

export interface StartJobDependencies {
  database: Database;
  jobs: DocumentJobsStore;
  writer: DocumentWriter;
  tagger: Tagger;
  clock: Clock;
  config: DocumentsConfig;
}

export interface JobRequest {
  caller: Caller | null;
  type: DocumentJobType;
  name: string;
  options: JobOptions;
  documents: readonly NewDocument[];
  budgetUsd?: number | undefined;
}

/** Characters that a document is taken to have where nothing is known of it. */
const usualCharacters = 6000;

export const documentsPerJob = (caller: Caller | null, config: DocumentsConfig): number =>
  caller === null ? config.anonymousPerBatch : config.perBatch;

/** Writes down a job with every document of it in one transaction, before any work begins, or throws and leaves nothing. */
export async function startJob(dependencies: StartJobDependencies, request: JobRequest): Promise<JobRecord> {
  const { database, jobs, writer, tagger, config } = dependencies;
  const { caller, options, documents, budgetUsd } = request;
  const limit = documentsPerJob(caller, config);
  if (documents.length > limit) throw tooManyDocuments(limit);
  if (budgetUsd !== undefined && (await tagger.estimate(options.tagger, usualCharacters, caller)) === null)
    throw budgetWithoutPrice();
  const job = newJob(dependencies, request, await tagger.providerOf(options.tagger));
  await database.transaction(async (transaction) => {
    // Starts of one owner take turns here, so that two at once cannot both fit into the last free space.
    await jobs.lockStartsOf(transaction, job.userId ?? "");
    const used = await documentWorkStore.usedBy(transaction, job.userId);
    const added = documents.reduce((sum, { stored }) => sum + (stored?.bytes ?? 0), 0);
    if (job.userId === null) {
      if (used.bytes + added > config.anonymousBytes) throw anonymousSpaceFull();
    } else {
      if (used.documents + documents.length > config.perPerson) throw tooManyKept(config.perPerson);
      if (used.bytes + added > config.bytesPerPerson) throw documentSpaceExceeded(config.bytesPerPerson);
    }
    await jobs.insert(transaction, job, documents);
    if (job.finishedAt === null) await writer.announceWork(transaction);
    else await writer.announceEnd(transaction, job.id);
  });
  return job;
}

function newJob({ clock, config }: StartJobDependencies, request: JobRequest, provider: string): JobRecord {
  const { caller, type, name, options, documents, budgetUsd } = request;
  const now = clock.now();
  const hasWork = documents.some(({ failure }) => failure === null);
  return {
    id: newId("documentJob"),
    userId: caller?.userId ?? null,
    type,
    name: name.slice(0, 200),
    options,
    caller: caller && storedCallerOf(caller),
    provider,
    budgetNanoUsd: budgetUsd === undefined ? null : Math.max(1, Math.round(budgetUsd * 1e9)),
    paused: null,
    resumeAt: null,
    providerPauses: 0,
    cancelledAt: null,
    notifiedAt: null,
    createdAt: now,
    finishedAt: hasWork ? null : now,
    expiresAt: caller === null ? new Date(now.getTime() + config.anonymousHours * 3_600_000) : null,
  };
}
