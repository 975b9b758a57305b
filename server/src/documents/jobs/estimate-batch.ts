import type { BatchEstimate } from "@llm-tuner/contract/document-jobs.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Caller } from "../../platform/http/caller.ts";
import type { Tagger } from "../ports.ts";
import { earlierDocuments } from "./earlier-documents.store.ts";
import type { NewDocument } from "./job-record.ts";
import { usdOf } from "./job-view.ts";

interface EstimateDependencies {
  database: Database;
  tagger: Tagger;
}

/** Where somebody has processed nothing yet: a letter, a usual document, and a long one. */
const usual = { few: 1500, mean: 6000, many: 24_000 };

/** What a batch would be and cost, from the documents that the same person had before. */
export async function estimateBatch(
  { database, tagger }: EstimateDependencies,
  { caller, tagger: name, documents }: { caller: Caller | null; tagger: string; documents: readonly NewDocument[] },
): Promise<BatchEstimate> {
  const earlier = caller === null ? undefined : await earlierDocuments(database, caller.userId);
  const failed = documents.filter(({ failure }) => failure !== null).length;
  const addresses = documents.flatMap(({ sourceUrl }) => sourceUrl ?? []);
  const duplicates = addresses.length - new Set(addresses).size;
  const characters = earlier ?? usual;
  const [low, mean, high] = await Promise.all(
    [characters.few, characters.mean, characters.many].map((count) => tagger.estimate(name, count, caller)),
  );
  const paid = documents.length - failed - duplicates;
  const isPriced =
    low !== null && low !== undefined && mean !== null && mean !== undefined && high !== null && high !== undefined;
  return {
    total_documents: documents.length,
    failed_documents: failed,
    duplicate_documents: duplicates,
    tagger: name,
    cost_usd: isPriced
      ? { low: usdOf(low.low * paid), expected: usdOf(mean.expected * paid), high: usdOf(high.high * paid) }
      : null,
    based_on_documents: earlier?.documents ?? 0,
  };
}
