import { join, resolve } from "node:path";
import * as ecosystem from "@llm-tuner/contract/ecosystem.ts";
import * as images from "@llm-tuner/contract/images.ts";
import * as messages from "@llm-tuner/contract/messages.ts";
import * as responses from "@llm-tuner/contract/responses.ts";
import * as videos from "@llm-tuner/contract/videos.ts";
import { createGateway, type Gateway } from "@llm-tuner/gateway/gateway.ts";
import {
  type AccountsModule,
  type AuditTrail,
  createAccountsModule,
  type NamedPersonalData,
} from "../accounts/accounts.module.ts";
import { createBaseModelsModule } from "../base-models/base-models.module.ts";
import { createDatasetsModule, createFileInspector } from "../datasets/datasets.module.ts";
import type { DocumentsModule } from "../documents/documents.module.ts";
import { createEndpointsModule, type EndpointsModule } from "../endpoints/endpoints.module.ts";
import { createFilesModule } from "../files/files.module.ts";
import { createKeysModule, type KeysModule } from "../keys/keys.module.ts";
import { createModelsModule, isTunedModelName } from "../models/models.module.ts";
import type { RefusalListener } from "../platform/http/admission.ts";
import type { RawHandler } from "../platform/http/raw-handler.ts";
import type { Authenticator } from "../platform/http/caller.ts";
import { createGuardedFetch } from "../platform/guarded-fetch/guarded-fetch.ts";
import { newId } from "../platform/ids.ts";
import { createMailer } from "../platform/mail/create-mailer.ts";
import type { DomainModule } from "../platform/module.ts";
import { createFileObjectStore } from "../platform/object-store/file-object-store.ts";
import { createTrainerLauncher } from "../platform/processes/trainer.ts";
import { createSatellitesModule } from "../satellites/satellites.module.ts";
import { createTelemetry, type Telemetry } from "../platform/telemetry/telemetry.ts";
import { systemClock } from "../platform/time/clock.ts";
import { createProvidersModule, type ProvidersModule } from "../providers/providers.module.ts";
import { createTrainingModule } from "../training/training.module.ts";
import { createUsageModule, type UsageModule } from "../usage/usage.module.ts";
import { composeDocuments } from "./compose-documents.ts";
import { createAdmission, createAuthenticator } from "./credentials.ts";
import { createGatewayRefusals } from "./gateway-refusals.ts";
import { projectDirectory } from "./environment.ts";
import { createFetchMedia } from "./fetch-media.ts";
import { taughtTokensOfModel } from "./taught-context.ts";
import packageFile from "../../package.json" with { type: "json" };
import type { Surroundings } from "./surroundings.ts";

export interface ComposedModule {
  name: string;
  module: DomainModule;
  /** Its `start` begins work for which one process is enough: it is left out in a process that only answers. */
  background: boolean;
}

export interface Composition {
  /** In the order of server/module-order.json, which is the order in which they are started. */
  modules: readonly ComposedModule[];
  authenticator: Authenticator;
  raw: RawHandler;
  /** Notes in the audit log who was refused what. */
  onRefused: RefusalListener;
  telemetry: Telemetry;
  /** The token by which somebody may become the first administrator; undefined when there is one, or was. */
  openSetupToken: () => Promise<string | undefined>;
  close(): Promise<void>;
}

const clock = systemClock;

/** Who calls and who pays. */
function composeIdentity(
  { settings, database, queue, rateLimits, envelope, secretOf, publicUrl, dataDir, log }: Surroundings,
  personalData: () => readonly NamedPersonalData[],
) {
  const common = { database, clock, secretOf };
  const mailer = createMailer({ config: settings.mail, dataDir, log: log.child({ part: "mail" }) });
  const accounts = createAccountsModule({
    ...common,
    envelope,
    queue,
    mailer,
    publicUrl,
    dataDir,
    personalData,
    // The doors of keys and usage open later than this one.
    revokeKeysOf: (transaction, userId) => keys.revokeAllOf(transaction, userId),
    tierExists: (name) => usage.tierExists(name),
    log: log.child({ domain: "accounts" }),
    config: settings.accounts,
    installation: {
      isProduction: settings.server.production,
      configured: { PUBLIC_URL: settings.http.publicUrl !== undefined, SMTP_URL: settings.mail.smtp !== undefined },
    },
  });
  const keys: KeysModule = createKeysModule({
    ...common,
    accounts,
    allowedOrigins: () => [...settings.http.corsOrigins, new URL(publicUrl()).origin],
    spentOf: (counters) => usage.spentOf(counters),
    tierExists: (name) => usage.tierExists(name),
    log: log.child({ domain: "keys" }),
    config: settings.keys,
  });
  const usage = createUsageModule({
    database,
    clock,
    accounts,
    keys,
    rateLimits,
    dataDir,
    log: log.child({ domain: "usage" }),
    config: settings.usage,
  });
  return { accounts, keys, usage, mailer, authenticator: createAuthenticator(accounts, keys) };
}

/** From a file to an answering model. `gateway` is made of what this makes, so it is asked for only when it is used. */
function composeTuning(
  { settings, environment, database, queue, dataDir, log }: Surroundings,
  audit: AuditTrail,
  gateway: () => Gateway,
) {
  const of = (domain: string) => ({ database, queue, audit, dataDir, clock, log: log.child({ domain }) });
  const trainer = createTrainerLauncher({
    pythonPath: resolve(projectDirectory, settings.server.pythonPath),
    trainerPath: join(projectDirectory, "trainer"),
    environment,
    log: log.child({ part: "trainer" }),
  });
  const objectStore = createFileObjectStore({ root: join(dataDir, "objects") });
  const files = createFilesModule({
    ...of("files"),
    objectStore,
    inspect: createFileInspector(settings.datasets),
    config: settings.files,
  });
  const baseModels = createBaseModelsModule({ log: log.child({ domain: "base-models" }), config: settings.baseModels });
  const datasets = createDatasetsModule({ ...of("datasets"), files, baseModels, trainer, config: settings.datasets });
  const training = createTrainingModule({
    ...of("training"),
    files,
    datasets,
    baseModels,
    trainer,
    config: settings.training,
  });
  const models = createModelsModule({
    ...of("models"),
    training,
    deployments: {
      deploymentsOf: (modelIds) => endpoints.deploymentsOf(modelIds),
      takeDown: (modelId) => endpoints.takeDown(modelId),
    },
  });
  const { mode } = settings.server;
  const endpoints: EndpointsModule = createEndpointsModule({
    ...of("endpoints"),
    // Serving processes belong to the server process that started them.
    dataDir: mode === "all" ? dataDir : join(dataDir, mode),
    models,
    baseModels,
    trainer,
    askGateway: (caller, body, signal) => gateway().chat(caller, body, signal),
    config: settings.endpoints,
  });
  return { objectStore, files, baseModels, datasets, training, models, endpoints };
}

interface ProviderParts {
  audit: AuditTrail;
  usage: UsageModule;
  tuning: ReturnType<typeof composeTuning>;
  gateway: () => Gateway;
}

/** Providers of hosted models, and the way from a name to whoever answers. */
function composeProviders(
  { settings, database, envelope, log }: Surroundings,
  { audit, usage, tuning, gateway }: ProviderParts,
): ProvidersModule {
  const { baseModels, models, endpoints } = tuning;
  return createProvidersModule({
    database,
    envelope,
    audit,
    usage,
    tuned: {
      table: endpoints.modelTable,
      isOwn: (name) => isTunedModelName(name) || baseModels.find(name) !== undefined,
      async nameOf(nameOrId) {
        const known = baseModels.find(nameOrId) ?? (await models.findByName(nameOrId));
        return known?.name ?? (await models.findMany([nameOrId]))[0]?.name;
      },
      contextWindowOf: (name) => taughtTokensOfModel({ baseModels, models }, name),
    },
    askGateway: {
      chat: (...question) => gateway().chat(...question),
      chatStream: (...question) => gateway().chatStream(...question),
    },
    clock,
    log: log.child({ domain: "providers" }),
    config: settings.providers,
  });
}

interface GatewayParts {
  onRefused: RefusalListener;
  usage: UsageModule;
  providers: ProvidersModule;
  authenticator: Authenticator;
  telemetry: Telemetry;
}

const createServerTelemetry = (
  { settings }: Surroundings,
  { usage, documents }: { usage: Pick<UsageModule, "missingPriceCounts">; documents: Pick<DocumentsModule, "metrics"> },
): Telemetry =>
  createTelemetry(settings.telemetry, {
    version: packageFile.version,
    missingPrices: () => usage.missingPriceCounts().reduce((total, { requests }) => total + requests, 0),
    domains: [documents.metrics],
  });

const composeGateway = (
  { log }: Surroundings,
  { usage, providers, authenticator, onRefused, telemetry }: GatewayParts,
): Gateway =>
  createGateway({
    admission: createAdmission(authenticator, usage, createGatewayRefusals(onRefused, log)),
    models: providers.modelTable,
    meter: usage.meter,
    responses: providers.responses,
    videos: providers.videos,
    clock,
    newRequestId: () => newId("request"),
    fetchMedia: createFetchMedia(createGuardedFetch()),
    observe: telemetry.observe,
    log: log.child({ part: "gateway" }),
  });

/** Gateways elsewhere ask the same doors as the one in this process. */
const composeSatellites = (
  { secretOf }: Surroundings,
  { accounts, usage, authenticator }: Pick<GatewayParts, "usage" | "authenticator"> & { accounts: AccountsModule },
): DomainModule =>
  createSatellitesModule({
    identify: createAdmission(authenticator, { countCall: async () => {} }).authenticate,
    admit: createAdmission(authenticator, usage).authenticate,
    meter: usage.meter,
    standingOf: accounts.standingOf,
    key: secretOf("satellites/reservation"),
    clock,
  });

/** The endpoints of the contract that the gateway answers. */
const gatewayEndpoints = [
  ecosystem.createChatCompletion,
  ecosystem.createCompletion,
  ecosystem.createEmbedding,
  images.createImage,
  images.createImageEdit,
  images.createImageVariation,
  messages.createMessage,
  messages.countMessageTokens,
  responses.createResponse,
  responses.getResponse,
  responses.deleteResponse,
  responses.listResponseInput,
  videos.createVideo,
  videos.getVideo,
  videos.getVideoContent,
  videos.deleteVideo,
  ecosystem.listServedModels,
  ecosystem.getServedModel,
];

/** Builds every domain with what it needs. Nothing runs yet. */
export function compose(surroundings: Surroundings): Composition {
  const modules: ComposedModule[] = [];
  const personalData = () =>
    modules.flatMap(({ name, module }) =>
      module.personalData === undefined ? [] : [{ name, ...module.personalData }],
    );
  const identity = composeIdentity(surroundings, personalData);
  const { accounts, keys, usage, mailer, authenticator } = identity;
  const tuning = composeTuning(surroundings, accounts.audit, () => gateway);
  const { files, baseModels, datasets, training, models, endpoints } = tuning;
  const { audit } = accounts;
  const providers = composeProviders(surroundings, { audit, usage, tuning, gateway: () => gateway });
  const { documents, tagging } = composeDocuments(surroundings, {
    ...identity,
    ...tuning,
    providers,
    gateway: () => gateway,
  });
  const onRefused: RefusalListener = (_caller, { id }) =>
    accounts.audit.note({ action: "access.refused", target: { kind: "endpoint", id } });
  const telemetry = createServerTelemetry(surroundings, { usage, documents });
  const gateway: Gateway = composeGateway(surroundings, { usage, providers, authenticator, onRefused, telemetry });
  modules.push(
    { name: "accounts", module: accounts, background: false },
    { name: "keys", module: keys, background: false },
    { name: "usage", module: usage, background: false },
    { name: "providers", module: providers, background: false },
    {
      name: "satellites",
      module: composeSatellites(surroundings, { accounts, usage, authenticator }),
      background: false,
    },
    { name: "files", module: files, background: true },
    { name: "documents", module: documents, background: true },
    { name: "tagging", module: tagging, background: true },
    { name: "base-models", module: baseModels, background: false },
    { name: "datasets", module: datasets, background: true },
    { name: "training", module: training, background: true },
    { name: "models", module: models, background: true },
    { name: "endpoints", module: endpoints, background: false },
  );
  return {
    modules,
    authenticator,
    raw: {
      endpoints: gatewayEndpoints,
      handle: (request, response, given) => gateway.handleNode(request, response, given),
    },
    onRefused,
    telemetry,
    openSetupToken: accounts.openSetupToken,
    async close() {
      mailer.close();
      await gateway.close();
      await telemetry.close();
    },
  };
}
