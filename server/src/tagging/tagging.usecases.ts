import type { TaggerEvaluation, TaggingSettings } from "@llm-tuner/contract/tagging.ts";
import { storedCallerOf } from "../platform/http/stored-caller.ts";
import type { Database } from "../platform/database/database.ts";
import type { Caller } from "../platform/http/caller.ts";
import { newId } from "../platform/ids.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Clock } from "../platform/time/clock.ts";
import { shownEvaluation } from "./evaluation-view.ts";
import type { TaggedDocuments } from "./ports.ts";
import type { Taggers } from "./taggers.ts";
import { nothingHeldOut, tooManyEvaluations } from "./tagging.errors.ts";
import type { TaggingStore } from "./tagging.store.ts";

export interface TaggingUsecasesDependencies {
  database: Database;
  store: TaggingStore;
  queue: Queue;
  taggers: Pick<Taggers, "check">;
  documents: TaggedDocuments;
  clock: Clock;
  defaultTagger: string;
  evaluationsPerPerson: number;
}

const shownEvaluations = 50;
const mostRunning = 5;
/** Longer than all deliveries of an evaluation take together. */
const longestMs = 3 * 86_400_000;
const forgotten = "The tagger was busy, or failed, until the platform gave the evaluation up. Start it again.";

/** Who tags a person's documents, and how well. */
export function createTaggingUsecases(dependencies: TaggingUsecasesDependencies) {
  const { database, store, queue, taggers, documents, clock, defaultTagger, evaluationsPerPerson } = dependencies;

  async function settings(userId: string): Promise<TaggingSettings> {
    const chosen = await store.chosenTagger(database, userId);
    return { tagger: chosen ?? defaultTagger, is_default: chosen === undefined };
  }

  const endForgotten = (userId: string): Promise<void> => {
    const now = clock.now();
    const begunBefore = new Date(now.getTime() - longestMs);
    return store.endForgotten(database, { userId, begunBefore, message: forgotten, at: now });
  };

  return {
    settings,

    async choose(caller: Caller, tagger: string | null): Promise<TaggingSettings> {
      const { userId } = caller;
      if (tagger === null) await store.forgetChoice(database, userId);
      else {
        await taggers.check(caller, tagger, "request");
        await store.choose(database, { userId, tagger, at: clock.now() });
      }
      return settings(userId);
    },

    async quality(userId: string) {
      await endForgotten(userId);
      const [qualities, evaluations, heldOut] = await Promise.all([
        documents.taggerQuality(userId),
        store.evaluations(database, userId, shownEvaluations),
        documents.heldOutDocuments(userId),
      ]);
      return { taggers: qualities, evaluations: evaluations.map(shownEvaluation), held_out_documents: heldOut };
    },

    /** The evaluation and the job that works on it are there together or not at all. */
    async evaluate(caller: Caller, request: { tagger: string; max_documents: number }): Promise<TaggerEvaluation> {
      const { userId } = caller;
      await taggers.check(caller, request.tagger, "request");
      await endForgotten(userId);
      const documentIds = await documents.heldOutIds(userId, request.max_documents);
      if (documentIds.length === 0) throw nothingHeldOut();
      const evaluation = {
        id: newId("taggerEvaluation"),
        userId,
        tagger: request.tagger,
        caller: storedCallerOf(caller),
        documentIds,
        createdAt: clock.now(),
      };
      await database.transaction(async (transaction) => {
        if ((await store.runningForInsert(transaction, userId)) >= mostRunning) throw tooManyEvaluations(mostRunning);
        await store.insertEvaluation(transaction, evaluation);
        await store.deleteOldest(transaction, { userId, kept: evaluationsPerPerson });
        const { id } = evaluation;
        await queue.send(transaction, "tagging.evaluate", { evaluation_id: id }, { singletonKey: id });
      });
      const { tagger, createdAt } = evaluation;
      return shownEvaluation({ tagger, status: "running", message: null, results: [], created_at: createdAt });
    },

    async *allOf(userId: string) {
      yield { settings: await settings(userId) };
      for (const row of await store.evaluations(database, userId, evaluationsPerPerson + mostRunning)) {
        yield { ...shownEvaluation(row), results: row.results };
      }
    },
  };
}

export type TaggingUsecases = ReturnType<typeof createTaggingUsecases>;
