import { randomBytes } from "node:crypto";
import { createGateway, type Gateway } from "@llm-tuner/gateway/gateway.ts";
import { invalidApiKey } from "@llm-tuner/gateway/errors.ts";
import type { ModelRoute, ModelTable } from "@llm-tuner/gateway/ports.ts";
import type { FastifyInstance } from "fastify";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { listAuditEvents } from "@llm-tuner/contract/audit.ts";
import type { SettingsOf } from "../../platform/config/setting.ts";
import type { Envelope } from "../../platform/crypto/envelope.ts";
import type { Database } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import { type Log, silentLog } from "../../platform/log/log.ts";
import { authenticatorOf, configOf, createTestApp, testCaller } from "../../platform/testing/test-app.ts";
import { testSecrets } from "../../platform/testing/test-secrets.ts";
import { createUsageWorld } from "../../usage/testing/usage-world.ts";
import { providersSettings } from "../providers.config.ts";
import { createProvidersModule, type ProvidersModule, type TunedModels } from "../providers.module.ts";

interface ModuleChanges {
  database?: Database;
  envelope?: Envelope;
  config?: Partial<SettingsOf<typeof providersSettings>>;
  log?: Log;
}

export const masterKey = randomBytes(32);

const tunedRoute = (model: string): ModelRoute => ({
  deployment: `tuned/${model}`,
  provider: "tuned",
  adapter: "openai-compatible",
  upstreamModel: model,
  priceModel: "starter",
  maxOutputTokens: null,
  onDisconnect: { whole: "abort", stream: "abort" },
  acquire: async () => ({ origin: new URL("http://127.0.0.1:1"), headers: {}, release: () => undefined }),
});

export const tunedContextTokens = 512;

/** Models of the platform as the endpoints would offer them: each to its owner, or to everybody. */
export function createTunedModels() {
  const models = new Map<string, { id: string; owner: string | null }>();
  const asked: string[] = [];
  const mayUse = (accountId: string, name: string): boolean => {
    const model = models.get(name);
    return model !== undefined && (model.owner === null || model.owner === accountId);
  };
  const table: ModelTable = {
    list: async ({ accountId }) =>
      [...models.keys()]
        .filter((name) => mayUse(accountId, name))
        .map((id) => ({ id, createdAt: new Date("2026-10-01"), ownedBy: accountId })),
    async find({ accountId }, name) {
      asked.push(name);
      return mayUse(accountId, name) ? { steps: [[{ route: tunedRoute(name), weight: 1 }]] } : undefined;
    },
  };
  const tuned: TunedModels = {
    table,
    isOwn: (name) => name.startsWith("ft:") || models.has(name),
    nameOf: async (nameOrId) =>
      models.has(nameOrId) ? nameOrId : [...models].find(([, { id }]) => id === nameOrId)?.[0],
    contextWindowOf: async (name) => (models.has(name) ? tunedContextTokens : null),
  };
  return {
    tuned,
    /** Names that were looked up in the database, as it were. */
    asked,
    add(name: string, owner: string | null): string {
      const id = newId("model");
      models.set(name, { id, owner });
      return id;
    },
    clear: () => models.clear(),
  };
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

const caller =
  (app: FastifyInstance) =>
  async (method: Method, url: string, { body, as = "admin" }: { body?: unknown; as?: string } = {}) => {
    const answer = await app.inject({
      method,
      url,
      headers: {
        ...(as === "" ? {} : { authorization: `Bearer ${as}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, text: answer.body, json: (): unknown => answer.json() };
  };

/** Status and code of a refusal. */
export const refusalOf = ({ status, json }: { status: number; json: () => unknown }): [number, string] => [
  status,
  ApiError.parse(json()).error.code,
];

/** Accounts, usage and providers as one process has them, with a gateway before them; more processes can be opened. */
export async function createProvidersWorld({ config = {} }: Pick<ModuleChanges, "config"> = {}) {
  const world = await createUsageWorld();
  const { database, accounts, usage, clock } = world;
  const platformModels = createTunedModels();
  const { envelope } = testSecrets(masterKey);
  const createModule = (changed: ModuleChanges = {}): ProvidersModule =>
    createProvidersModule({
      database: changed.database ?? database,
      envelope: changed.envelope ?? envelope,
      audit: accounts.audit,
      usage,
      tuned: platformModels.tuned,
      askGateway: {
        chat: (...question) => gateway.chat(...question),
        chatStream: (...question) => gateway.chatStream(...question),
      },
      clock,
      log: changed.log ?? silentLog,
      config: configOf(providersSettings, changed.config ?? config),
    });
  const providers = createModule();
  const gateway: Gateway = createGateway({
    admission: {
      authenticate: async () => {
        throw invalidApiKey();
      },
    },
    models: providers.modelTable,
    meter: usage.meter,
    clock,
    newRequestId: () => newId("request"),
    log: silentLog,
  });
  await providers.start?.();
  const [admin, ada, bob] = [await world.addUser(), await world.addUser(), await world.addUser()];
  const appOf = (module: ProvidersModule): Promise<FastifyInstance> =>
    createTestApp({
      modules: [accounts, usage, module],
      authenticator: authenticatorOf({
        admin: testCaller({ userId: admin, role: "admin" }),
        ada: testCaller({ userId: ada }),
        "key-of-admin": testCaller({ userId: admin, role: "admin", apiKeyId: "key_000000000000" }),
        "key-without-chat": testCaller({ userId: ada, apiKeyId: "key_000000000001", scopes: ["models:read"] }),
      }),
    });
  const app = await appOf(providers);
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const call = caller(app);
  return {
    ...world,
    admin,
    ada,
    bob,
    providers,
    gateway,
    envelope,
    platformModels,
    createModule,
    /** Where the application listens, for what needs a socket. */
    url,
    call,
    callOf: async (module: ProvidersModule) => {
      const other = await appOf(module);
      return { call: caller(other), close: () => other.close() };
    },
    /** Entries about an action, newest first. */
    async audited(action: string) {
      const answer = await call("GET", `/api/admin/audit?action=${action}&limit=20`);
      return listAuditEvents.responses[200].schema
        .parse(answer.json())
        .events.map(({ target, details, actor }) => ({ target, details, actor: actor.user_id }));
    },
    /** Everything that administrators made is gone. */
    async forget() {
      await database.execute("delete from model_routes");
      await database.execute("delete from offered_models");
      await database.execute("delete from provider_connections");
      platformModels.clear();
    },
    async close() {
      const closed = app.close();
      // A client may keep a connection open that it never used.
      app.server.closeAllConnections();
      await closed;
      await providers.stop?.();
      await gateway.close();
      await world.close();
    },
  };
}
export type ProvidersWorld = Awaited<ReturnType<typeof createProvidersWorld>>;
