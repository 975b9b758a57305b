import { Readable } from "node:stream";
import {
  type DocumentDetail,
  type DocumentSummary,
  maxShownCharacters,
  type UpdateDocumentRequest,
} from "@llm-tuner/contract/documents.ts";
import type { Database, Queryable } from "../../../platform/database/database.ts";
import type { ObjectStore } from "../../../platform/object-store/object-store.ts";
import type { Clock } from "../../../platform/time/clock.ts";
import type { AuditTrail } from "../../../accounts/accounts.module.ts";
import type { Caller } from "../../../platform/http/caller.ts";
import { maySee, requireOpen } from "../../access.policy.ts";
import { documentNotFound } from "../../documents.errors.ts";
import { documentWithoutFile, documentWithoutText, linkNotValid } from "../library.errors.ts";
import { indexDocument } from "../search/index-document.ts";
import { decideAboutTags } from "../tags/decide-about-tags.ts";
import { type DetailRow, toSummary } from "./document-rows.ts";
import { documentFilter, documentViews, type ListQuery } from "./document-views.ts";
import type { DocumentsStore, DocumentSort } from "./documents.store.ts";
import { encodeDownloadLink, openDownloadLink } from "./download-link.ts";

export interface DocumentsUsecasesDependencies {
  database: Database;
  documentsStore: DocumentsStore;
  objectStore: ObjectStore;
  linkKey: Uint8Array;
  publicUrl: () => string;
  audit: AuditTrail;
  clock: Clock;
  config: { anonymous: boolean };
}

const linkMs = 15 * 60_000;
/** Of a text that is sent whole: enough to hold little in memory, and few questions to the database. */
const pieceCharacters = 500_000;

const accessOf = ({ user_id: userId, expires_at: expiresAt }: DetailRow) => ({ userId, expiresAt });

export function createDocumentsUsecases(dependencies: DocumentsUsecasesDependencies) {
  const { database, documentsStore, objectStore, linkKey, publicUrl, audit, clock, config } = dependencies;

  const find = async (queryable: Queryable, caller: Caller | null, id: string): Promise<DetailRow> => {
    requireOpen(caller, config);
    const document = await documentsStore.find(queryable, id);
    if (document === undefined || !maySee(accessOf(document), caller, clock.now())) throw documentNotFound();
    return document;
  };

  const detailOf = async (row: DetailRow): Promise<DocumentDetail> => {
    const text = await documentsStore.text(database, row.id, { offset: 0, limit: maxShownCharacters });
    return {
      ...toSummary(row),
      extracted_text: text?.text ?? "",
      text_truncated: (text?.characters ?? 0) > maxShownCharacters,
      text_characters: text?.characters ?? 0,
      language_confidence: row.language_confidence,
      file_metadata: row.file_metadata,
      form_fields: row.form_fields,
      sha256: row.sha256,
    };
  };

  const fileOf = async (document: DetailRow) => {
    if (document.object_key === null) throw documentWithoutFile();
    const { stream, bytes } = await objectStore.get(document.object_key);
    return { document, stream, bytes };
  };

  async function* textPieces(id: string, first: string): AsyncGenerator<string> {
    let piece = first;
    for (let offset = pieceCharacters; piece !== ""; offset += pieceCharacters) {
      yield piece;
      piece = (await documentsStore.text(database, id, { offset, limit: pieceCharacters }))?.text ?? "";
    }
  }

  return {
    find: (caller: Caller | null, id: string) => find(database, caller, id),

    /** What has no owner is in nobody's list: it is reached by its id alone. */
    async list(
      caller: Pick<Caller, "userId"> | null,
      { limit, offset, sort, ...query }: ListQuery & { limit: number; offset: number; sort: DocumentSort },
    ): Promise<{ documents: DocumentSummary[]; total: number }> {
      if (caller === null) {
        requireOpen(caller, config);
        return { documents: [], total: 0 };
      }
      const filter = await documentFilter(database, caller.userId, query);
      if (filter === null) return { documents: [], total: 0 };
      const [ids, total] = await Promise.all([
        documentsStore.page(database, filter, { sort, limit, offset }),
        documentsStore.count(database, filter),
      ]);
      return { documents: await documentViews(database, ids), total };
    },

    detail: async (caller: Caller | null, id: string): Promise<DocumentDetail> =>
      detailOf(await find(database, caller, id)),

    /** All of it in one transaction: a reader sees title, tags and search either as before or as after. */
    async update(
      caller: Caller | null,
      id: string,
      { title, tags, decisions }: UpdateDocumentRequest,
    ): Promise<DocumentDetail> {
      const changed = await database.transaction(async (transaction) => {
        await documentsStore.lock(transaction, id);
        const { user_id: userId } = await find(transaction, caller, id);
        if (title !== undefined) await documentsStore.setTitle(transaction, id, title);
        await decideAboutTags(transaction, { documentId: id, userId, tags, decisions, clock });
        await documentsStore.announce(transaction, id);
        await indexDocument(transaction, id);
        return find(transaction, caller, id);
      });
      return detailOf(changed);
    },

    /** Row first: should the process end in between, an object without a row is left, which the sweep collects. */
    async delete(caller: Caller | null, id: string): Promise<void> {
      const deleted = await database.transaction(async (transaction) => {
        await documentsStore.lock(transaction, id);
        const { user_id: userId } = await find(transaction, caller, id);
        const gone = await documentsStore.delete(transaction, { id, userId });
        await audit.record(transaction, { action: "document.deleted", target: { kind: "document", id } });
        return gone;
      });
      const key = deleted?.object_key ?? null;
      if (key !== null && !(await documentsStore.isKept(database, key))) await objectStore.delete(key);
    },

    async text(caller: Caller | null, id: string): Promise<Readable> {
      await find(database, caller, id);
      const first = await documentsStore.text(database, id, { offset: 0, limit: pieceCharacters });
      if (first === undefined) throw documentWithoutText();
      return Readable.from(textPieces(id, first.text));
    },

    file: async (caller: Caller | null, id: string) => fileOf(await find(database, caller, id)),

    async createLink(caller: Caller | null, id: string): Promise<{ url: string; expiresAt: Date }> {
      const document = await find(database, caller, id);
      if (document.object_key === null) throw documentWithoutFile();
      const expiresAt = new Date(Math.floor((clock.now().getTime() + linkMs) / 1000) * 1000);
      const token = encodeDownloadLink({ documentId: id, expiresAt }, linkKey);
      return { url: new URL(`/api/history/linked-documents/${token}`, publicUrl()).href, expiresAt };
    },

    async linkedFile(token: string) {
      const link = openDownloadLink(token, linkKey);
      const now = clock.now();
      if (link === null || link.expiresAt <= now) throw linkNotValid();
      const document = await documentsStore.find(database, link.documentId);
      // The link stands for whoever made it and could see the document, which may have expired since.
      const isGone = document === undefined || (document.expires_at !== null && document.expires_at <= now);
      if (isGone) throw linkNotValid();
      return fileOf(document);
    },
  };
}

export type DocumentsUsecases = ReturnType<typeof createDocumentsUsecases>;
