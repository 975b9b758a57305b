import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Queryable } from "../../platform/database/database.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { DocumentLibrary } from "../library/library.ts";
import type { Tagger, TaggingOutcome, TaggingResult } from "../ports.ts";
import type { ClaimedDocument } from "./claimed-document.ts";
import { documentWorkStore } from "./document-work.store.ts";
import type { DocumentWriter } from "./document-writer.ts";
import type { JobChangesStore } from "./job-changes.store.ts";
import type { JobOptions, JobRecord } from "./job-record.ts";
import { done, failed, lost, setBack, type Setback, type Step } from "./setback.ts";

export interface TagDocumentDependencies {
  changes: JobChangesStore;
  writer: DocumentWriter;
  library: DocumentLibrary;
  tagger: Tagger;
  /** Whether a person's account works. */
  isActive: (userId: string) => Promise<boolean>;
  clock: Clock;
  log: Log;
}

export interface ReadContent {
  sha256: string;
  text: string;
  language: string | null;
}

/** A document and what is known of it, while it is tagged. */
interface Tagging {
  document: ClaimedDocument;
  job: JobRecord;
  content: ReadContent;
  startedMs: number;
}

/** Another worker tags the same content: its result is waited for instead of paid for again. */
const lookAgainMs = 300;
const writePausesMs = [100, 500, 2000, 5000];

/** Everything that decides about tags besides the content of the document. */
const taggingDigest = ({ tagger, languages, max_tags, mode, tags }: JobOptions): string =>
  createHash("sha256")
    .update(JSON.stringify([tagger, languages ?? [], max_tags, mode, tags ?? []]))
    .digest("hex");

/** What was paid for is written down even when the database is away for a moment. */
async function persistently<Result>(write: () => Promise<Result>): Promise<Result> {
  for (const pauseMs of writePausesMs) {
    try {
      return await write();
    } catch {
      await delay(pauseMs);
    }
  }
  return write();
}

const paused = (reason: Extract<Setback, { kind: "paused" }>["reason"], message: string, costNanoUsd = 0): Setback => ({
  kind: "paused",
  reason,
  message,
  costNanoUsd,
});

/** With as many decimals as it takes to say it. */
const usd = (nanoUsd: number): string =>
  `$${(nanoUsd / 1e9).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 9 })}`;

/** What has no price counts nothing against a budget, which would never be reached. */
const unpriced =
  "The model has no price, or is not there any more, so that no budget can be kept. Resume the job without a budget, or have an administrator set a price.";

type Beginning = "begun" | "copied" | "wait" | "lost" | "over_budget" | "without_price";

/** Tags a document that has been read, and completes it; each content is paid for once for each owner. */
export class DocumentTagging {
  readonly #dependencies: TagDocumentDependencies;

  constructor(dependencies: TagDocumentDependencies) {
    this.#dependencies = dependencies;
  }

  async run(tagging: Tagging, signal: AbortSignal): Promise<Step<void>> {
    const { tagger, isActive } = this.#dependencies;
    const { document, job, content } = tagging;
    if (document.userId !== null && !(await isActive(document.userId)))
      return setBack(paused("account", "The account is suspended. When it is open again, resume the job."));
    const estimate = await tagger.estimate(job.options.tagger, content.text.length, job.caller);
    for (;;) {
      const beginning = await this.#begin(tagging, estimate?.high ?? null);
      if (beginning === "copied") return done(undefined);
      if (beginning === "lost") return lost();
      if (beginning === "without_price") return setBack(paused("budget", unpriced));
      if (beginning === "over_budget") {
        const budget = usd(job.budgetNanoUsd ?? 0);
        return setBack(paused("budget", `The next document could bring the cost beyond ${budget}. Raise the budget.`));
      }
      if (beginning === "begun") break;
      await delay(lookAgainMs, undefined, { signal });
    }
    return this.#finish(tagging, await this.#ask(tagging, signal));
  }

  /** Decides in one transaction whether this worker is the one who asks the tagger. */
  async #begin({ document, job, content, startedMs }: Tagging, highNanoUsd: number | null): Promise<Beginning> {
    const { writer, clock } = this.#dependencies;
    const digest = taggingDigest(job.options);
    let beginning: Beginning = "lost";
    await writer.change(job.id, async (transaction, current) => {
      await documentWorkStore.lockContent(transaction, `${document.userId ?? job.id} ${content.sha256}`);
      const { id, userId } = document;
      const question = { id, jobId: job.id, userId, sha256: content.sha256, digest, now: clock.now() };
      const twin = await documentWorkStore.twin(transaction, question);
      if (twin?.status === "completed") {
        const isCopied = await this.#copy(transaction, { document, job, content, startedMs }, twin);
        beginning = isCopied ? "copied" : "lost";
        return isCopied;
      }
      if (twin !== undefined) {
        beginning = "wait";
        return false;
      }
      const budget = current.budgetNanoUsd;
      if (budget !== null) {
        beginning = highNanoUsd === null ? "without_price" : "over_budget";
        if (highNanoUsd === null) return false;
        if ((await documentWorkStore.spentOf(transaction, job.id)) + highNanoUsd > budget) return false;
      }
      const held = { digest, heldNanoUsd: highNanoUsd ?? 0 };
      const isBegun = await documentWorkStore.beginTagging(transaction, document, held);
      beginning = isBegun ? "begun" : "lost";
      return isBegun;
    });
    return beginning;
  }

  async #copy(
    transaction: Queryable,
    tagging: Tagging,
    twin: { id: string; tagger: string | null; promptVersion: string | null },
  ): Promise<boolean> {
    const tags = await documentWorkStore.givenTags(transaction, twin.id);
    return this.#complete(transaction, tagging, {
      tags,
      duplicateOf: twin.id,
      result: {
        promptVersion: twin.promptVersion ?? "",
        requestId: null,
        inputTokens: 0,
        outputTokens: 0,
        costNanoUsd: 0,
        elapsedMs: 0,
      },
    });
  }

  async #ask({ document, job, content }: Tagging, signal: AbortSignal): Promise<TaggingOutcome> {
    const { library, tagger } = this.#dependencies;
    const { title, fileName, userId } = document;
    const { options, caller } = job;
    const knownTags = options.tags ?? (userId === null ? [] : await library.knownTags(userId));
    return tagger.tag(
      {
        caller,
        tagger: options.tagger,
        document: { title, fileName, text: content.text, language: content.language },
        languages: options.languages ?? [],
        maxTags: options.max_tags,
        mode: options.mode,
        knownTags,
        onLost: (costNanoUsd) => void this.noteLost(document, costNanoUsd),
      },
      signal,
    );
  }

  /**
   * Adds what was paid for an answer that came when the document was no longer this worker's, such as that of a cancelled
   * job. Never rejects.
   */
  async noteLost({ id, jobId }: ClaimedDocument, costNanoUsd: number, requestId: string | null = null): Promise<void> {
    if (costNanoUsd <= 0) return;
    const { writer, log } = this.#dependencies;
    try {
      await persistently(() =>
        writer.change(jobId, (transaction) => documentWorkStore.addCost(transaction, { id, costNanoUsd, requestId })),
      );
    } catch (error) {
      log.error({ error, documentId: id, costNanoUsd }, "what an unused answer cost was not added to its document");
    }
  }

  async #finish(tagging: Tagging, outcome: TaggingOutcome): Promise<Step<void>> {
    if (!outcome.ok) return refusalOf(outcome);
    const { changes, writer } = this.#dependencies;
    const { tags, source, ...result } = outcome.result;
    const given = { tags: tags.map((tag) => ({ ...tag, source })), duplicateOf: null, result };
    const isDone = await persistently(() =>
      writer.change(tagging.job.id, async (transaction, { id, providerPauses }) => {
        if (providerPauses > 0) await changes.forgetProviderPauses(transaction, id);
        return this.#complete(transaction, tagging, given);
      }),
    );
    if (isDone) return done(undefined);
    await this.noteLost(tagging.document, result.costNanoUsd ?? 0, result.requestId);
    return lost();
  }

  /** The one transaction in which a document gets its tags, becomes findable and is done. */
  async #complete(
    transaction: Queryable,
    { document, job, startedMs }: Tagging,
    {
      tags,
      duplicateOf,
      result,
    }: {
      tags: Parameters<DocumentLibrary["recordTags"]>[1]["tags"];
      duplicateOf: string | null;
      result: Omit<TaggingResult, "tags" | "source">;
    },
  ): Promise<boolean> {
    const { library, clock } = this.#dependencies;
    const { tagger, auto_accept: autoAccept } = job.options;
    const isOurs = await documentWorkStore.complete(transaction, document, {
      result,
      tagger,
      digest: taggingDigest(job.options),
      duplicateOf,
      processingMs: performance.now() - startedMs,
      now: clock.now(),
    });
    if (!isOurs) return false;
    const { id: documentId, userId } = document;
    await library.recordTags(transaction, { documentId, userId, tags, autoAccept });
    await library.indexDocument(transaction, documentId);
    return true;
  }
}

function refusalOf(outcome: Extract<TaggingOutcome, { ok: false }>): Step<never> {
  const { kind, message, costNanoUsd, retryAfterSeconds } = outcome;
  switch (kind) {
    case "busy":
      return setBack({ kind: "busy", message, retryAfterSeconds, costNanoUsd });
    case "over_budget":
      return setBack(paused("budget", message, costNanoUsd));
    case "retry":
      return failed({ code: "tagger_unavailable", message }, true, costNanoUsd);
    case "refused":
      return failed({ code: "tagger_refused", message }, false, costNanoUsd);
  }
}
