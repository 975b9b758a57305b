import { setTimeout as delay } from "node:timers/promises";
import type { AccountsModule } from "../accounts/accounts.module.ts";
import type { Tagger, TaggingRequest, TrainingDataMaker } from "../documents/documents.module.ts";
import type { FilesModule } from "../files/files.module.ts";
import type { KeysModule } from "../keys/keys.module.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import { jsonLines } from "../platform/personal-data/personal-data.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Clock } from "../platform/time/clock.ts";
import type { ProvidersModule } from "../providers/providers.module.ts";
import type { UsageModule } from "../usage/usage.module.ts";
import { createEvaluation } from "./evaluate-tagger.ts";
import { createKnownModels } from "./known-models.ts";
import { createModelTagger } from "./model/model-tagger.ts";
import { tagOffline } from "./offline/tag-offline.ts";
import type { AskGateway, BaseModelContext, CreateDataset, TaggedDocuments } from "./ports.ts";
import { createTaggers } from "./taggers.ts";
import type { taggingSettings } from "./tagging.config.ts";
import { createTaggingWorkers } from "./tagging.jobs.ts";
import { createTaggingRoutes } from "./tagging.routes.ts";
import { taggingStore } from "./tagging.store.ts";
import { createTaggingUsecases } from "./tagging.usecases.ts";
import { createTrainingDataMaker } from "./training-data.ts";

export type { TaggedDocuments } from "./ports.ts";

export interface TaggingDependencies {
  database: Database;
  queue: Queue;
  accounts: Pick<AccountsModule, "standingOf">;
  keys: Pick<KeysModule, "callerOfKey">;
  usage: Pick<UsageModule, "pricesNow">;
  providers: Pick<ProvidersModule, "modelTable" | "contextWindowOf">;
  files: Pick<FilesModule, "storeGenerated" | "remove">;
  /** The documents are made with the tagger, and these stand after it: `main` binds all of them when everything is made. */
  documents: TaggedDocuments;
  askGateway: AskGateway;
  createDataset: CreateDataset;
  baseModelContext: BaseModelContext;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof taggingSettings>;
}

export interface TaggingModule extends DomainModule {
  tagger: Tagger;
  trainingData: TrainingDataMaker;
}

const keyPhrases = 15;

/** What a long text speaks of as a whole, for a model that is shown only parts of it. */
const keyPhrasesOf = (document: TaggingRequest["document"]): string[] =>
  tagOffline({ ...document, languages: [], maxTags: keyPhrases, mode: "free", knownTags: [] }).tags.map(
    ({ name }) => name,
  );

/** Text → tags: by the offline tagger, or by any model that the gateway knows, of a provider or tuned here. */
export function createTaggingModule(dependencies: TaggingDependencies): TaggingModule {
  const { database, documents, askGateway, usage, providers, clock, log, config } = dependencies;
  const taggers = createTaggers({
    ...dependencies,
    models: createKnownModels(providers),
    tagWithModel: createModelTagger({ askGateway, keyPhrasesOf, textTokens: config.textTokens }),
    pricesNow: usage.pricesNow,
    chosenBy: (userId) => taggingStore.chosenTagger(database, userId),
    defaultTagger: config.defaultTagger,
    textTokens: config.textTokens,
  });
  const usecases = createTaggingUsecases({ ...dependencies, ...config, store: taggingStore, taggers });
  const evaluate = createEvaluation({
    database,
    tagger: taggers,
    documents,
    wait: (ms, signal) => delay(ms, undefined, { signal }),
    clock,
    log,
  });
  return {
    routes: createTaggingRoutes(usecases),
    workers: createTaggingWorkers({ evaluate, concurrency: config.evaluationsAtOnce }),
    personalData: {
      async *files(userId) {
        yield jsonLines("tagging.jsonl", () => usecases.allOf(userId));
      },
      // Settings and evaluations go with the row of the person.
      erase: async () => {},
    },
    tagger: taggers,
    trainingData: createTrainingDataMaker(dependencies),
  };
}
