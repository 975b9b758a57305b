import type { Gateway } from "@llm-tuner/gateway/gateway.ts";
import type { AccountsModule } from "../accounts/accounts.module.ts";
import type { BaseModelsModule } from "../base-models/base-models.module.ts";
import type { DatasetsModule } from "../datasets/datasets.module.ts";
import { createDocumentsModule, type DocumentsModule } from "../documents/documents.module.ts";
import type { FilesModule } from "../files/files.module.ts";
import type { KeysModule } from "../keys/keys.module.ts";
import type { Mailer } from "../platform/mail/mailer.ts";
import type { ObjectStore } from "../platform/object-store/object-store.ts";
import { systemClock as clock } from "../platform/time/clock.ts";
import type { ProvidersModule } from "../providers/providers.module.ts";
import { createTaggingModule, type TaggingModule } from "../tagging/tagging.module.ts";
import type { UsageModule } from "../usage/usage.module.ts";
import { taughtTokensOf } from "./taught-context.ts";
import type { Surroundings } from "./surroundings.ts";

interface DocumentParts {
  accounts: AccountsModule;
  keys: KeysModule;
  usage: UsageModule;
  mailer: Mailer;
  providers: ProvidersModule;
  objectStore: ObjectStore;
  files: FilesModule;
  baseModels: Pick<BaseModelsModule, "find">;
  datasets: Pick<DatasetsModule, "create">;
  gateway: () => Gateway;
}

/** From documents to text and tags. Each of the two asks the other, so the documents are given when they are asked. */
export function composeDocuments(
  { settings, database, queue, dataDir, secretOf, publicUrl, log }: Surroundings,
  { accounts, keys, usage, mailer, providers, objectStore, files, baseModels, datasets, gateway }: DocumentParts,
): { documents: DocumentsModule; tagging: TaggingModule } {
  const of = (domain: string) => ({ database, queue, clock, log: log.child({ domain }) });
  const tagging = createTaggingModule({
    ...of("tagging"),
    accounts,
    keys,
    usage,
    providers,
    files,
    documents: {
      taggerQuality: (...question) => documents.taggerQuality(...question),
      heldOutDocuments: (...question) => documents.heldOutDocuments(...question),
      heldOutIds: (...question) => documents.heldOutIds(...question),
      acceptedDocument: (...question) => documents.acceptedDocument(...question),
      knownTags: (...question) => documents.knownTags(...question),
    },
    askGateway: (...question) => gateway().chat(...question),
    createDataset: (...request) => datasets.create(...request),
    baseModelContext: (name) => taughtTokensOf(baseModels, name),
    config: settings.tagging,
  });
  const documents: DocumentsModule = createDocumentsModule({
    ...of("documents"),
    audit: accounts.audit,
    objectStore,
    mailer,
    publicUrl,
    linkKey: secretOf("documents/download-link"),
    async emailOf(userId) {
      const { isActive } = await accounts.standingOf(userId);
      return isActive ? (await accounts.userById(userId))?.email : undefined;
    },
    isActive: async (userId) => (await accounts.standingOf(userId)).isActive,
    tagger: tagging.tagger,
    trainingData: tagging.trainingData,
    dataDir,
    config: settings.documents,
  });
  return { documents, tagging };
}
