import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AppError } from "../../platform/errors.ts";
import { inTemporaryFolder } from "../../platform/file-system/temporary-folders.ts";
import { newId } from "../../platform/ids.ts";
import { shownName, type UploadedPart } from "../../platform/http/uploads/uploaded-part.ts";
import { withRestUnread } from "../../platform/http/uploads/uploads.errors.ts";
import type { ObjectStore } from "../../platform/object-store/object-store.ts";
import {
  documentTooLarge,
  mixedFiles,
  noDocuments,
  oneDocumentOnly,
  repeatedField,
  tooManyDocuments,
  unknownFileField,
} from "../documents.errors.ts";
import { titleOf } from "./document-title.ts";
import type { NewDocument } from "./job-record.ts";
import { storeDocument } from "./store-document.ts";

/** A part of a form in the order in which it was sent: fields may come before or after files. */
export type IncomingPart =
  | { kind: "field"; name: string; value: string }
  | { kind: "file"; field: string; part: UploadedPart };

export interface FormLimits {
  /** `single` takes one document; in a `batch` one spreadsheet may stand for many addresses. */
  type: "single" | "batch";
  maxFiles: number;
  maxBytes: number;
  spreadsheetMaxBytes: number;
  /** What may be stored in all, and what is thrown when it is more. */
  space: { bytes: number; error: AppError };
}

export interface ReceivedForm {
  fields: Readonly<Record<string, string>>;
  documents: NewDocument[];
  /** On this machine's disk while the form is used. */
  spreadsheet: { path: string; fileName: string } | null;
}

const isSpreadsheet = (fileName: string): boolean => /\.(?:xlsx?|csv|tsv|ods)$/i.test(fileName);

/** Takes the parts of a form one by one. */
class FormReceiver {
  readonly form: { fields: Record<string, string>; documents: NewDocument[]; spreadsheet: ReceivedForm["spreadsheet"] };
  readonly #limits: FormLimits;
  readonly #objectStore: ObjectStore;
  readonly #folder: string;
  #freeBytes: number;

  constructor(limits: FormLimits, objectStore: ObjectStore, folder: string) {
    this.form = { fields: {}, documents: [], spreadsheet: null };
    this.#limits = limits;
    this.#objectStore = objectStore;
    this.#folder = folder;
    this.#freeBytes = limits.space.bytes;
  }

  async take(incoming: IncomingPart): Promise<void> {
    if (incoming.kind === "field") this.#takeField(incoming.name, incoming.value);
    else await this.#takeFile(incoming.field, incoming.part);
  }

  #takeField(name: string, value: string): void {
    const { fields } = this.form;
    if (Object.hasOwn(fields, name)) throw repeatedField(name);
    // An empty field of a form stands for nothing that was filled in.
    if (value !== "") fields[name] = value;
  }

  async #takeFile(field: string, part: UploadedPart): Promise<void> {
    if (field !== "file") throw unknownFileField(field);
    const { type, maxFiles } = this.#limits;
    const { documents, spreadsheet } = this.form;
    const fileName = shownName(part.name);
    const count = documents.length + (spreadsheet === null ? 0 : 1);
    if (type === "single" && count > 0) throw oneDocumentOnly();
    const isSheet = type === "batch" && isSpreadsheet(fileName);
    if (count > 0 && (isSheet || spreadsheet !== null)) throw mixedFiles();
    if (count >= maxFiles) throw tooManyDocuments(maxFiles);
    if (isSheet) await this.#takeSpreadsheet(fileName, part);
    else await this.#takeDocument(fileName, part);
  }

  async #takeSpreadsheet(fileName: string, part: UploadedPart): Promise<void> {
    const path = join(this.#folder, "spreadsheet");
    const limit = this.#limits.spreadsheetMaxBytes;
    await saveBounded(path, part.bytes(), limit, () => documentTooLarge(fileName, limit));
    this.form.spreadsheet = { path, fileName };
  }

  async #takeDocument(fileName: string, part: UploadedPart): Promise<void> {
    const { maxBytes, space } = this.#limits;
    const limit = Math.min(maxBytes, this.#freeBytes);
    const id = newId("document");
    const stored = await storeDocument(this.#objectStore, {
      documentId: id,
      fileName,
      source: part.bytes(),
      maxBytes: limit,
      tooLarge: () => (limit < maxBytes ? space.error : documentTooLarge(fileName, maxBytes)),
    });
    this.#freeBytes -= stored.bytes;
    this.form.documents.push({ id, title: titleOf(fileName), fileName, sourceUrl: null, stored, failure: null });
  }
}

/** Writes a file of this machine, up to a bound, and returns its first characters. */
export async function saveBounded(
  path: string,
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLarge: () => Error,
): Promise<string> {
  let bytes = 0;
  let head = "";
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (head.length < 4) head += Buffer.from(chunk.subarray(0, 4)).toString("latin1");
      if (bytes > maxBytes) throw tooLarge();
      yield chunk;
    }
  }
  await pipeline(Readable.from(counted(), { objectMode: false }), createWriteStream(path, { mode: 0o600 }));
  return head;
}

interface FormUse<Result> {
  limits: FormLimits;
  objectStore: ObjectStore;
  /** Takes over what was stored. */
  use: (form: ReceivedForm) => Promise<Result>;
  /** Called with what was stored when the form is refused, or could not be used. */
  undo: (objectKeys: string[]) => Promise<void>;
}

/**
 * Receives a whole form and gives it to `use`. After a refusal it reads on and drops: most clients hear an answer only when
 * they have sent all. Nothing is left of a form that was refused.
 */
export function withForm<Result>(
  parts: AsyncIterable<IncomingPart>,
  { limits, objectStore, use, undo }: FormUse<Result>,
): Promise<Result> {
  return inTemporaryFolder(async (folder) => {
    const receiver = new FormReceiver(limits, objectStore, folder);
    const { form } = receiver;
    try {
      await receiveAll(parts, receiver, limits.maxBytes);
      if (form.documents.length === 0 && form.spreadsheet === null) throw noDocuments();
      return await use(form);
    } catch (error) {
      await undo(form.documents.flatMap(({ stored }) => (stored === null ? [] : [stored.objectKey])));
      throw error;
    }
  });
}

async function receiveAll(parts: AsyncIterable<IncomingPart>, receiver: FormReceiver, maxBytes: number): Promise<void> {
  let refusal: unknown;
  let droppable = maxBytes;
  for await (const incoming of parts) {
    try {
      if (refusal === undefined) await receiver.take(incoming);
    } catch (error) {
      refusal = error;
    }
    if (incoming.kind === "field") continue;
    droppable -= await incoming.part.drop(droppable);
    if (droppable <= 0) throw withRestUnread(refusal);
  }
  if (refusal !== undefined) throw refusal;
}
