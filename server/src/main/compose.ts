import { join, resolve } from "node:path";
import * as ecosystem from "@llm-tuner/contract/ecosystem.ts";
import { createGateway, type Gateway } from "@llm-tuner/gateway/gateway.ts";
import { type AuditTrail, createAccountsModule, type NamedPersonalData } from "../accounts/accounts.module.ts";
import { createBaseModelsModule } from "../base-models/base-models.module.ts";
import { createDatasetsModule, createFileInspector } from "../datasets/datasets.module.ts";
import { createEndpointsModule, type EndpointsModule } from "../endpoints/endpoints.module.ts";
import { createFilesModule } from "../files/files.module.ts";
import { createKeysModule, type KeysModule } from "../keys/keys.module.ts";
import { createModelsModule } from "../models/models.module.ts";
import type { EnvironmentText } from "../platform/config/read-settings.ts";
import type { Envelope } from "../platform/crypto/envelope.ts";
import type { SecretOf } from "../platform/crypto/installation-secrets.ts";
import type { Database } from "../platform/database/database.ts";
import type { RefusalListener } from "../platform/http/admission.ts";
import type { RawHandler } from "../platform/http/application.ts";
import type { Authenticator } from "../platform/http/caller.ts";
import type { RateLimits } from "../platform/http/rate-limits.ts";
import { newId } from "../platform/ids.ts";
import type { Log } from "../platform/log/log.ts";
import { createMailer } from "../platform/mail/create-mailer.ts";
import type { DomainModule } from "../platform/module.ts";
import { createFileObjectStore } from "../platform/object-store/file-object-store.ts";
import { createTrainerLauncher } from "../platform/processes/trainer.ts";
import type { Queue } from "../platform/queue/queue.ts";
import { systemClock } from "../platform/time/clock.ts";
import { createTrainingModule } from "../training/training.module.ts";
import { createUsageModule, type UsageModule } from "../usage/usage.module.ts";
import type { Settings } from "./all-settings.ts";
import { createAdmission, createAuthenticator } from "./credentials.ts";
import { projectDirectory } from "./environment.ts";
import type { SecretPurpose } from "./secret-purposes.ts";

export interface Surroundings {
  settings: Settings;
  environment: EnvironmentText;
  database: Database;
  queue: Queue;
  rateLimits: RateLimits;
  /** Encrypts what is secret in the database. */
  envelope: Envelope;
  secretOf: SecretOf<SecretPurpose>;
  dataDir: string;
  /** Where people reach the server; known once it listens. */
  publicUrl: () => string;
  log: Log;
}

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
  return { files, baseModels, datasets, training, models, endpoints };
}

interface GatewayParts {
  usage: UsageModule;
  endpoints: EndpointsModule;
  authenticator: Authenticator;
}

const composeGateway = ({ log }: Surroundings, { usage, endpoints, authenticator }: GatewayParts): Gateway =>
  createGateway({
    admission: createAdmission(authenticator, usage),
    models: endpoints.modelTable,
    meter: usage.meter,
    clock,
    newRequestId: () => newId("request"),
    log: log.child({ part: "gateway" }),
  });

/** The endpoints of the contract that the gateway answers. */
const gatewayEndpoints = [
  ecosystem.createChatCompletion,
  ecosystem.createCompletion,
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
  const { accounts, keys, usage, mailer, authenticator } = composeIdentity(surroundings, personalData);
  const tuning = composeTuning(surroundings, accounts.audit, () => gateway);
  const { files, baseModels, datasets, training, models, endpoints } = tuning;
  const gateway = composeGateway(surroundings, { usage, endpoints, authenticator });
  modules.push(
    { name: "accounts", module: accounts, background: false },
    { name: "keys", module: keys, background: false },
    { name: "usage", module: usage, background: false },
    { name: "files", module: files, background: true },
    { name: "base-models", module: baseModels, background: false },
    { name: "datasets", module: datasets, background: true },
    { name: "training", module: training, background: true },
    { name: "models", module: models, background: true },
    { name: "endpoints", module: endpoints, background: false },
  );
  return {
    modules,
    authenticator,
    raw: { endpoints: gatewayEndpoints, handle: (request, response) => gateway.handleNode(request, response) },
    onRefused: (_caller, { id }) => accounts.audit.note({ action: "access.refused", target: { kind: "endpoint", id } }),
    openSetupToken: accounts.openSetupToken,
    async close() {
      mailer.close();
      await gateway.close();
    },
  };
}
