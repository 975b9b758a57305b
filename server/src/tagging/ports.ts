import type { CreateDatasetRequest, Dataset } from "@llm-tuner/contract/datasets.ts";
import type { Gateway } from "@llm-tuner/gateway/gateway.ts";
import type { DocumentsModule } from "../documents/documents.module.ts";

/** The gateway inside this process: what is asked is metered and paid for like any other request. */
export type AskGateway = Gateway["chat"];

/** What the documents know of taggers; `main` binds it to the documents' module, which is made with the tagger. */
export type TaggedDocuments = Pick<
  DocumentsModule,
  "taggerQuality" | "heldOutDocuments" | "heldOutIds" | "acceptedDocument" | "knownTags"
>;

export type AcceptedDocument = NonNullable<Awaited<ReturnType<TaggedDocuments["acceptedDocument"]>>>;

/** Data sets come after this domain: `main` binds it to theirs. */
export type CreateDataset = (userId: string, request: CreateDatasetRequest) => Promise<Dataset>;

/** Tokens of an example that a base model learns whole; null when nobody knows it. Base models come after this domain as well. */
export type BaseModelContext = (name: string) => number | null;
