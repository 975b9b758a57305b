import type { TaggedDataset } from "@llm-tuner/contract/documents.ts";
import type { Database } from "../../../platform/database/database.ts";
import type { DetailRow } from "../documents/document-rows.ts";
import { documentsStore } from "../documents/documents.store.ts";
import { isHeldOut } from "../held-out.ts";

type LeftOut = TaggedDataset["left_out_because"];

export interface TrainingDocument {
  title: string;
  text: string;
  language: string | null;
  tags: string[];
}

const words: Readonly<Record<keyof LeftOut, string>> = {
  not_completed: "not processed (yet)",
  without_accepted_tags: "without an accepted tag",
  without_text: "without text",
  same_content: "copies of another",
  held_out: "held out to measure taggers with",
  not_usable: "not usable",
};

export function wordsOfLeftOut(leftOut: LeftOut): string {
  const reasons = Object.entries(words)
    // The keys are those of the schema.
    .map(([reason, text]): [number, string] => [leftOut[reason as keyof LeftOut], text])
    .filter(([count]) => count > 0)
    .map(([count, text]) => `${count} ${text}`);
  return reasons.length === 0 ? "there are none" : reasons.join(", ");
}

const acceptedTags = ({ tags }: DetailRow): string[] =>
  tags.filter(({ state }) => state === "accepted").map(({ tag }) => tag);

/** The documents that can be trained on, and why the others cannot. */
export function createTrainingDocuments(database: Database, batches: AsyncIterable<string[]>) {
  const seen = new Set<string>();
  let given = 0;
  const leftOut: LeftOut = {
    not_completed: 0,
    without_accepted_tags: 0,
    without_text: 0,
    same_content: 0,
    held_out: 0,
    not_usable: 0,
  };

  function reasonAgainst(row: DetailRow): keyof LeftOut | undefined {
    if (row.status !== "completed") return "not_completed";
    if (acceptedTags(row).length === 0) return "without_accepted_tags";
    if (row.sha256 === null) return undefined;
    if (isHeldOut(row.sha256)) return "held_out";
    return seen.has(row.sha256) ? "same_content" : undefined;
  }

  async function* examples(): AsyncGenerator<TrainingDocument, undefined> {
    for await (const ids of batches) {
      for (const row of await documentsStore.details(database, ids)) {
        const text = reasonAgainst(row) === undefined ? await documentsStore.wholeText(database, row.id) : "";
        const reason = reasonAgainst(row) ?? (text.trim() === "" ? "without_text" : undefined);
        if (reason === undefined) {
          if (row.sha256 !== null) seen.add(row.sha256);
          given += 1;
          yield { title: row.title, text, language: row.language, tags: acceptedTags(row) };
        } else leftOut[reason] += 1;
      }
    }
    return undefined;
  }

  return {
    examples: examples(),
    /** Whoever makes the data may drop some of those that were given. */
    leftOut: (made = given): LeftOut => ({ ...leftOut, not_usable: Math.max(given - made, 0) }),
  };
}
