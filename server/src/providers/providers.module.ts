import type { ModelPlan, ModelTable, ResponseStore, VideoJobs } from "@llm-tuner/gateway/ports.ts";
import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { Envelope } from "../platform/crypto/envelope.ts";
import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import { jsonLines } from "../platform/personal-data/personal-data.ts";
import type { Clock } from "../platform/time/clock.ts";
import { createHousekeeping } from "../platform/time/housekeeping.ts";
import type { UsageModule } from "../usage/usage.module.ts";
import { createConnectionRoutes } from "./connections/connections.routes.ts";
import { connectionsStore } from "./connections/connections.store.ts";
import { createConnectionUsecases } from "./connections/connections.usecases.ts";
import { environmentConnections } from "./connections/environment-connections.ts";
import { contextWindowOf } from "./context-window.ts";
import { createKnownProviders } from "./known-providers.ts";
import { createLlmRoutes } from "./llm/llm.routes.ts";
import { createLlmUsecases } from "./llm/llm.usecases.ts";
import { createModelRouteRoutes } from "./model-routes/model-routes.routes.ts";
import { modelRoutesStore } from "./model-routes/model-routes.store.ts";
import { createModelRouteUsecases } from "./model-routes/model-routes.usecases.ts";
import { createOfferedRoutes } from "./offered/offered.routes.ts";
import { offeredStore } from "./offered/offered.store.ts";
import { createOfferedUsecases } from "./offered/offered.usecases.ts";
import type { AskGateway, TunedModels } from "./ports.ts";
import type { providersSettings } from "./providers.config.ts";
import { createRoutingTable } from "./routing-table.ts";
import { storedResponsesStore } from "./stored-responses/stored-responses.store.ts";
import { createStoredResponseUsecases } from "./stored-responses/stored-responses.usecases.ts";
import { videoJobsStore } from "./video-jobs/video-jobs.store.ts";
import { createVideoJobUsecases } from "./video-jobs/video-jobs.usecases.ts";

export type { TunedModels } from "./ports.ts";

export interface ProvidersDependencies {
  database: Database;
  envelope: Envelope;
  audit: AuditTrail;
  usage: Pick<UsageModule, "pricesNow" | "adjustRequest">;
  /** The platform's own models stand below: `main` binds these to the endpoints' module after both are made. */
  tuned: TunedModels;
  /** The gateway is made with `modelTable`, so `main` binds this after both are there. */
  askGateway: AskGateway;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof providersSettings>;
}

export interface ProvidersModule extends DomainModule {
  /** Answers the gateway's question which models there are and where they are asked: routes, tuned and hosted ones. */
  modelTable: ModelTable;
  /** Fewest tokens that any way of a plan of `modelTable` takes in; null when nobody knows it of any. */
  contextWindowOf(plan: ModelPlan): Promise<number | null>;
  /** Keeps the answers of the Responses dialect that their callers want to be kept. */
  responses: ResponseStore;
  /** Remembers the videos that were ordered of providers, and where. */
  videos: VideoJobs;
}

/** Providers of hosted models: connections, models on offer, and routes over these and the platform's own. */
export function createProvidersModule(dependencies: ProvidersDependencies): ProvidersModule {
  const { database, envelope, audit, usage, tuned, askGateway, clock, log, config } = dependencies;
  const known = createKnownProviders({
    database,
    envelope,
    stores: { connections: connectionsStore, offered: offeredStore, modelRoutes: modelRoutesStore },
    environment: environmentConnections(config),
    log,
  });
  const common = { database, known, audit, clock };
  const connections = createConnectionUsecases({
    ...common,
    store: connectionsStore,
    offered: offeredStore,
    envelope,
    http: config.providerHttp,
  });
  const { pricesNow } = usage;
  const offered = createOfferedUsecases({ ...common, store: offeredStore, connections: connectionsStore, pricesNow });
  const modelRoutes = createModelRouteUsecases({
    ...common,
    store: modelRoutesStore,
    connections: connectionsStore,
    tuned,
  });
  const llm = createLlmUsecases({ known, tuned, pricesNow, askGateway });
  const responses = createStoredResponseUsecases({
    database,
    store: storedResponsesStore,
    clock,
    keptDays: config.storedResponsesDays,
  });
  const videos = createVideoJobUsecases({
    database,
    store: videoJobsStore,
    known,
    adjustRequest: usage.adjustRequest,
    clock,
    keptDays: config.videoJobsDays,
  });
  const housekeeping = createHousekeeping({ tasks: [responses.deleteExpired, videos.deleteExpired], log });
  let stopListening: (() => Promise<void>) | undefined;

  return {
    routes: [
      ...createConnectionRoutes(connections),
      ...createOfferedRoutes(offered),
      ...createModelRouteRoutes(modelRoutes),
      ...createLlmRoutes(llm),
    ],
    workers: [],
    personalData: {
      async *files(userId) {
        yield jsonLines("responses.jsonl", () => responses.allOf(userId));
        yield jsonLines("videos.jsonl", () => videos.allOf(userId));
      },
      // They go with the row of the person.
      erase: async () => {},
    },
    async start() {
      stopListening = await database.listen("providers_changed", known.invalidate);
      // What changed before the channel was heard.
      known.invalidate();
      housekeeping.start();
    },
    async stop() {
      await stopListening?.();
      await housekeeping.stop();
    },
    modelTable: createRoutingTable({ tuned, known }),
    contextWindowOf: (plan) => contextWindowOf({ directory: known.directory, tuned }, plan),
    responses,
    videos,
  };
}
