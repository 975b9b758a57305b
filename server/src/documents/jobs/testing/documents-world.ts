import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DocumentJobWithResults, ProcessedDocument, StartedDocumentJob } from "@llm-tuner/contract/document-jobs.ts";
import { createAuditFixture } from "../../../accounts/testing/audit-fixture.ts";
import { noBounds } from "../../../platform/http/caller.ts";
import { silentLog } from "../../../platform/log/log.ts";
import { createHeldMailer } from "../../../platform/mail/testing/held-mailer.ts";
import { createFileObjectStore } from "../../../platform/object-store/file-object-store.ts";
import { createHeldQueue } from "../../../platform/queue/testing/held-queue.ts";
import { createMovableClock } from "../../../platform/testing/movable-clock.ts";
import { authenticatorOf, configOf, createTestApp, testCaller } from "../../../platform/testing/test-app.ts";
import { createTestDatabase } from "../../../platform/testing/test-database.ts";
import { createTaggers } from "../../../tagging/taggers.ts";
import { type DocumentsConfig, documentsSettings } from "../../documents.config.ts";
import { createDocumentsModule } from "../../documents.module.ts";
import { until } from "../../../platform/testing/until.ts";

/** Somebody with an account, or without one. */
export type Asker = "ann" | "annsKey" | "annsNarrowKey" | "bob" | "nobody";

/** The id of an API key of hers. */
export const annsKey = "key_annannannannannannann";

export const people = { ann: "user_annannannannannannann", bob: "user_bobbobbobbobbobbobbob" };

/** The real taggers of an installation without any model. */
const offlineTaggers = createTaggers({
  models: { find: async () => undefined, names: async () => [] },
  log: silentLog,
  tagWithModel: () => Promise.reject(new Error("there is no model")),
  pricesNow: () => Promise.reject(new Error("nothing has a price")),
  chosenBy: async () => undefined,
  defaultTagger: "offline",
  textTokens: 3000,
  accounts: { standingOf: async () => ({ isActive: true, tier: "standard", role: "user" }) },
  keys: { callerOfKey: () => Promise.reject(new Error("there are no keys")) },
});

type Dependencies = Parameters<typeof createDocumentsModule>[0];

/** The documents of an installation on a database of its own, with the offline tagger unless told otherwise, over real HTTP. */
export async function createDocumentsWorld(
  overrides: Partial<DocumentsConfig> = {},
  tagger: Dependencies["tagger"] = offlineTaggers,
  outside: NonNullable<Dependencies["outside"]> = {},
) {
  const { database, drop } = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), "documents-"));
  const clock = createMovableClock();
  const held = createHeldQueue();
  const mails = createHeldMailer();
  const suspended = new Set<string>();
  const objectStore = createFileObjectStore({ root: join(folder, "objects") });
  const createModule = (more: Partial<DocumentsConfig> = {}, dataDir = folder) =>
    createDocumentsModule({
      database,
      queue: held.queue,
      objectStore,
      audit: createAuditFixture(database).audit,
      mailer: mails.mailer,
      publicUrl: () => "https://tuner.example.org",
      linkKey: new Uint8Array(32),
      emailOf: async (userId) => `${userId.toLowerCase()}@example.org`,
      isActive: async (userId) => !suspended.has(userId),
      tagger,
      outside,
      trainingData: { create: () => Promise.reject(new Error("no training data are made here")) },
      dataDir,
      clock,
      log: silentLog,
      config: configOf(documentsSettings, { retrySeconds: 0, ...overrides, ...more }),
    });
  const documents = createModule();
  const app = await createTestApp({
    modules: [documents],
    authenticator: authenticatorOf({
      ann: testCaller({ userId: people.ann }),
      annsKey: testCaller({ userId: people.ann, apiKeyId: annsKey }),
      annsNarrowKey: {
        ...testCaller({ userId: people.ann, apiKeyId: "key_narrownarrownarrownarr" }),
        bounds: { ...noBounds, allowedModels: ["another-model"] },
      },
      bob: testCaller({ userId: people.bob }),
    }),
    config: { spendPerMinute: 1_000_000, readPerMinute: 1_000_000, writePerMinute: 1_000_000 },
  });
  const origin = await app.listen({ port: 0, host: "127.0.0.1" });
  for (const id of Object.values(people)) {
    await database.execute("insert into users (id, email, password_hash, created_at) values ($1, $2, 'x', now())", [
      id,
      `${id.toLowerCase()}@example.org`,
    ]);
  }

  const call = (path: string, { as = "ann", ...init }: RequestInit & { as?: Asker } = {}) =>
    fetch(`${origin}${path}`, {
      ...init,
      headers: {
        ...(init.body === undefined || init.body instanceof FormData ? {} : { "content-type": "application/json" }),
        ...(as === "nobody" ? {} : { authorization: `Bearer ${as}` }),
        ...Object.fromEntries(new Headers(init.headers)),
      },
    });
  const post = (path: string, body: object, as: Asker = "ann") =>
    call(path, { as, method: "POST", body: body instanceof FormData ? body : JSON.stringify(body) });

  return {
    database,
    objectStore,
    documents,
    createModule,
    origin,
    clock,
    held,
    mails,
    suspended,
    call,
    post,
    /** The result of a single document; fails when there is none. */
    async single(body: object, as?: Asker) {
      const response = await post("/api/process/process-single", body, as);
      if (response.status !== 200) throw new Error(`answered ${response.status}: ${await response.text()}`);
      return ProcessedDocument.parse(await response.json());
    },
    async batch(body: object, as?: Asker) {
      const response = await post("/api/process/process-batch", body, as);
      if (response.status !== 202) throw new Error(`answered ${response.status}: ${await response.text()}`);
      return StartedDocumentJob.parse(await response.json());
    },
    async status(jobId: string, as: Asker = "ann") {
      const response = await call(`/api/process/batch-status/${jobId}?limit=200`, { as });
      return DocumentJobWithResults.parse(await response.json());
    },
    /** Resolves with the job when nothing of it waits or is worked on any more. */
    async ended(jobId: string, as: Asker = "ann") {
      return until(async () => {
        const job = await this.status(jobId, as);
        return job.finished_at === null ? undefined : job;
      });
    },
    storedFiles: async () =>
      (await readdir(join(folder, "objects"), { recursive: true, withFileTypes: true })).filter((entry) =>
        entry.isFile(),
      ).length,
    async close() {
      await app.close();
      await documents.stop?.();
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type DocumentsWorld = Awaited<ReturnType<typeof createDocumentsWorld>>;

/** A form with files in the field `file`, before or after its other fields. */
export function formOf(
  files: readonly [name: string, content: Uint8Array<ArrayBuffer> | string][],
  fields: Readonly<Record<string, string>> = {},
  { fieldsLast = false } = {},
): FormData {
  const form = new FormData();
  const appendFields = () => {
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
  };
  if (!fieldsLast) appendFields();
  for (const [name, content] of files) form.append("file", new Blob([content]), name);
  if (fieldsLast) appendFields();
  return form;
}
