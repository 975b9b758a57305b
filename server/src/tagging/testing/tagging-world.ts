import { PriceVersion } from "@llm-tuner/contract/prices.ts";
import { ProviderConnection } from "@llm-tuner/contract/providers.ts";
import { startFakeUpstream } from "@llm-tuner/gateway/testing/fake-upstream.ts";
import { createDocumentQuality } from "../../documents/library/quality/quality.store.ts";
import type { SettingsOf } from "../../platform/config/setting.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { newId } from "../../platform/ids.ts";
import { silentLog } from "../../platform/log/log.ts";
import { createHeldQueue } from "../../platform/queue/testing/held-queue.ts";
import { authenticatorOf, configOf, createTestApp, testCaller } from "../../platform/testing/test-app.ts";
import { createProvidersWorld } from "../../providers/testing/providers-world.ts";
import { taggingSettings } from "../tagging.config.ts";
import { createTaggingModule, type TaggingDependencies, type TaggingModule } from "../tagging.module.ts";

/** A document that was tagged, as its rows are when people have decided about its tags. */
export interface TaggedDocument {
  userId: string;
  text?: string;
  /** Documents whose digest ends with 0 are held out. */
  sha256?: string;
  tagger?: string;
  promptVersion?: string;
  costNanoUsd?: number | null;
  taggingMs?: number;
  accepted?: readonly string[];
  edited?: readonly string[];
  rejected?: readonly string[];
  /** Nobody has decided about them. */
  suggested?: readonly string[];
}

/** Accounts, keys, providers and tagging as one process has them, before a provider whose answers the test plans. */
export async function createTaggingWorld() {
  const world = await createProvidersWorld();
  const { database, accounts, keys, usage, providers, gateway, clock, ada, bob, admin } = world;
  const upstream = await startFakeUpstream();
  const held = createHeldQueue();
  const knownTags = new Map<string, string[]>();
  const unused = () => Promise.reject(new Error("no training data are made here"));

  const createModule = (
    config: Partial<SettingsOf<typeof taggingSettings>> = {},
    changed: Partial<TaggingDependencies> = {},
  ): TaggingModule =>
    createTaggingModule({
      database,
      queue: held.queue,
      accounts,
      keys,
      usage,
      providers,
      files: { storeGenerated: unused, remove: unused },
      documents: { ...createDocumentQuality(database), knownTags: async (userId) => knownTags.get(userId) ?? [] },
      askGateway: (caller, body, signal) => gateway.chat(caller, body, signal),
      createDataset: unused,
      baseModelContext: () => null,
      clock,
      log: silentLog,
      config: configOf(taggingSettings, config),
      ...changed,
    });
  const tagging = createModule();
  const callers: Record<string, Caller> = {
    ada: testCaller({ userId: ada }),
    bob: testCaller({ userId: bob }),
    admin: testCaller({ userId: admin, role: "admin" }),
  };
  const app = await createTestApp({
    modules: [keys, usage, providers, tagging],
    authenticator: authenticatorOf(callers),
  });
  const call = async (
    method: "GET" | "POST" | "PATCH" | "DELETE",
    url: string,
    { as = "ada", body }: { as?: string; body?: object } = {},
  ) => {
    const answer = await app.inject({
      method,
      url,
      headers: as === "" ? {} : { authorization: `Bearer ${as}` },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: answer.statusCode, json: (): unknown => answer.json() };
  };
  const asAdmin = (url: string, body: object) => call("POST", url, { as: "admin", body });

  /** A model at the provider, with a price of 100 and 200 nano-USD a token. */
  async function offer(model: string, more: object = {}): Promise<void> {
    const name = `server-of-${model}`;
    const connection = await asAdmin("/api/admin/providers/connections", {
      name,
      kind: "openai-compatible",
      base_url: upstream.origin.href,
      api_key: "its-own-key",
    });
    const { id } = ProviderConnection.parse(connection.json());
    await asAdmin("/api/admin/providers/models", { connection_id: id, model, context_window: 8_192, ...more });
    const rates = { input_uncached: "100", output_text: "200" };
    PriceVersion.parse((await asAdmin("/api/admin/prices", { provider: name, model_pattern: model, rates })).json());
  }

  const jobId = newId("documentJob");
  await database.execute(
    "insert into document_jobs (id, user_id, job_type, name, options, created_at) values ($1, $2, 'batch', 'job', '{}', $3)",
    [jobId, ada, clock.now()],
  );
  let documents = 0;

  async function addDocument(document: TaggedDocument): Promise<string> {
    const id = newId("document");
    documents += 1;
    await database.execute(
      `insert into documents (id, job_id, user_id, position, title, file_name, status, sha256, language, tagger, prompt_version,
         cost_nano_usd, tagging_ms, created_at, completed_at)
       values ($1, $2, $3, $4, 'A title', 'a.pdf', 'completed', $5, 'en', $6, $7, $8, $9, $10, $10)`,
      [
        id,
        jobId,
        document.userId,
        documents,
        document.sha256 ?? `${documents}`.padStart(63, "0").padEnd(64, "1"),
        document.tagger ?? "offline",
        document.promptVersion ?? "offline-1",
        document.costNanoUsd ?? null,
        document.taggingMs ?? 10,
        clock.now(),
      ],
    );
    await database.execute("insert into document_texts (document_id, text) values ($1, $2)", [
      id,
      document.text ?? "Text",
    ]);
    let position = 0;
    for (const state of ["accepted", "edited", "rejected", "suggested"] as const) {
      for (const name of document[state] ?? []) {
        position += 1;
        const decidedAt = state === "suggested" ? null : clock.now();
        await database.execute(
          `insert into document_tags (document_id, position, name, folded, state, source, decided_at)
           values ($1, $2, $3, lower($3), $4, 'model', $5)`,
          [id, position, name, state, decidedAt],
        );
      }
    }
    return id;
  }

  return {
    ...world,
    upstream,
    held,
    callers,
    knownTags,
    tagging,
    createModule,
    call,
    offer,
    addDocument,
    async close() {
      await app.close();
      await upstream.close();
      await world.close();
    },
  };
}
