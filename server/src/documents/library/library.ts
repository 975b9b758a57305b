import type { DocumentSummary } from "@llm-tuner/contract/documents.ts";
import type { TagSource } from "@llm-tuner/contract/tags.ts";
import type { Queryable } from "../../platform/database/database.ts";

/** Tags that a document was given, in their order. */
export interface GivenTags {
  documentId: string;
  /** Null for a document without an owner: there is no library that the tags could join. */
  userId: string | null;
  tags: readonly { name: string; isNew: boolean; source: TagSource }[];
  /** Which of them are accepted at once; `existing` are those that the person accepted before. */
  autoAccept: "none" | "existing" | "all";
}

/** What the work on documents needs of the library that they end up in. */
export interface DocumentLibrary {
  /** Puts the given tags in the place of the suggestions that nobody has decided about. */
  recordTags(transaction: Queryable, given: GivenTags): Promise<void>;
  /** Makes a document findable by its title, text and tags as they stand in the transaction. */
  indexDocument(transaction: Queryable, documentId: string): Promise<void>;
  /** Names of a person's tags: accepted first, most used first, at most 500. */
  knownTags(userId: string): Promise<string[]>;
  /** Documents as people see them, in the order of the ids; one that is gone is left out. */
  documentViews(ids: readonly string[]): Promise<DocumentSummary[]>;
}
