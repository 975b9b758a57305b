import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TagSource } from "@llm-tuner/contract/tags.ts";
import { createAuditFixture } from "../../../accounts/testing/audit-fixture.ts";
import { newId } from "../../../platform/ids.ts";
import { createFileObjectStore } from "../../../platform/object-store/file-object-store.ts";
import { createMovableClock } from "../../../platform/testing/movable-clock.ts";
import { authenticatorOf, createTestApp, testCaller } from "../../../platform/testing/test-app.ts";
import { createTestDatabase } from "../../../platform/testing/test-database.ts";
import { createDocumentLibrary, type DocumentLibraryDependencies } from "../create-document-library.ts";

export const people = { ann: "user_annannannannannannann", bob: "user_bobbobbobbobbobbobbob" };

export interface AddedDocument {
  owner?: keyof typeof people | null;
  title?: string;
  text?: string | null;
  language?: string | null;
  status?: string;
  tags?: readonly string[];
  accepted?: readonly string[];
  source?: TagSource;
  file?: string;
  sha256?: string;
  createdAt?: Date;
  pageCount?: number;
  costNanoUsd?: number;
}

/** A library on a database of its own, over real HTTP, with documents as the work on them leaves them. */
export async function createLibraryWorld(overrides: Partial<DocumentLibraryDependencies> = {}) {
  const { database, drop } = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), "library-"));
  const clock = createMovableClock();
  const objectStore = createFileObjectStore({ root: folder });
  const library = createDocumentLibrary({
    database,
    objectStore,
    extractor: { renderPage: () => Promise.reject(new Error("no page is drawn here")) },
    trainingData: { create: () => Promise.reject(new Error("no training data are made here")) },
    jobsByStatus: async () => ({}),
    linkKey: new Uint8Array(32).fill(7),
    publicUrl: () => "https://tuner.example.org",
    audit: createAuditFixture(database).audit,
    clock,
    config: { anonymous: true },
    ...overrides,
  });
  const app = await createTestApp({
    modules: [{ routes: library.routes, workers: [] }],
    authenticator: authenticatorOf({
      ann: testCaller({ userId: people.ann }),
      bob: testCaller({ userId: people.bob }),
    }),
    config: { readPerMinute: 1_000_000, writePerMinute: 1_000_000 },
  });
  for (const id of Object.values(people)) {
    await database.execute("insert into users (id, email, password_hash, created_at) values ($1, $2, 'x', now())", [
      id,
      `${id.toLowerCase()}@example.org`,
    ]);
  }

  const jobs = new Map<string | null, string>();
  async function jobOf(userId: string | null): Promise<string> {
    const known = jobs.get(userId);
    if (known !== undefined) return known;
    const id = newId("documentJob");
    jobs.set(userId, id);
    await database.execute(
      `insert into document_jobs (id, user_id, job_type, name, options, created_at, expires_at)
       values ($1, $2, 'batch', 'test', '{}', $3, $4)`,
      [id, userId, clock.now(), userId === null ? new Date(clock.now().getTime() + 3_600_000) : null],
    );
    return id;
  }

  let added = 0;
  async function add(document: AddedDocument = {}): Promise<string> {
    const { owner = "ann", title = "Untitled", text = "", language = "en", status = "completed", file } = document;
    const userId = owner === null ? null : people[owner];
    const id = newId("document");
    const key = file === undefined ? null : `documents/${id}/file.pdf`;
    if (key !== null && file !== undefined) await objectStore.put(key, Buffer.from(file));
    const sha256 = document.sha256 ?? createHash("sha256").update(`${added} ${file}`).digest("hex");
    const jobId = await jobOf(userId);
    await database.transaction(async (transaction) => {
      await transaction.execute(
        `insert into documents (id, job_id, user_id, position, title, file_name, status, object_key, bytes, sha256,
           page_count, language, cost_nano_usd, created_at, completed_at)
         values ($1, $2, $3, $4, $5, 'file.pdf', $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
        [
          id,
          jobId,
          userId,
          added++,
          title,
          status,
          key,
          file === undefined ? null : Buffer.byteLength(file),
          sha256,
          document.pageCount ?? null,
          language,
          document.costNanoUsd ?? null,
          document.createdAt ?? new Date(clock.now().getTime() + added),
        ],
      );
      if (text !== null)
        await transaction.execute("insert into document_texts (document_id, text) values ($1, $2)", [id, text]);
      const { accepted = [], tags = [], source = "offline" } = document;
      const give = (names: readonly string[], autoAccept: "none" | "all") =>
        library.recordTags(transaction, {
          documentId: id,
          userId,
          tags: names.map((name) => ({ name, isNew: true, source })),
          autoAccept,
        });
      if (accepted.length > 0) await give(accepted, "all");
      if (tags.length > 0) await give(tags, "none");
      await library.indexDocument(transaction, id);
    });
    return id;
  }

  interface Call {
    as?: keyof typeof people | "nobody";
    body?: object;
  }
  async function call(method: "GET" | "POST" | "PATCH" | "DELETE", url: string, { as = "ann", body }: Call = {}) {
    const headers = as === "nobody" ? {} : { authorization: `Bearer ${as}` };
    const request = { method, url, headers };
    return app.inject(body === undefined ? request : { ...request, payload: body });
  }

  return {
    database,
    library,
    clock,
    objectStore,
    add,
    call,
    /** The names of all files in the object store. */
    storedFiles: async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length,
    async close() {
      await app.close();
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type LibraryWorld = Awaited<ReturnType<typeof createLibraryWorld>>;
