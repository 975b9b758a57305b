import type { FastifyInstance } from "fastify";
import { type Scope, scopes } from "@llm-tuner/contract/endpoint.ts";
import type { SettingsGroup, SettingsOf } from "../config/setting.ts";
import { AppError } from "../errors.ts";
import { type ApplicationOptions, createApplication } from "../http/application.ts";
import type { RawHandler } from "../http/raw-handler.ts";
import { type Authenticator, type Caller, noBounds } from "../http/caller.ts";
import { httpSettings } from "../http/http.config.ts";
import { type Log, silentLog } from "../log/log.ts";
import type { DomainModule } from "../module.ts";
import { defaultSettings } from "./default-settings.ts";

/** A domain's default config with some of its settings replaced. */
export const configOf = <Group extends SettingsGroup>(
  settings: Group,
  overrides: Partial<SettingsOf<Group>> = {},
): SettingsOf<Group> => ({ ...defaultSettings(settings), ...overrides });

/** A person who signed in, unless an API key is named. */
export const testCaller = (caller: {
  userId: string;
  role?: "user" | "admin";
  apiKeyId?: string;
  scopes?: readonly Scope[];
}): Caller => ({
  userId: caller.userId,
  role: caller.role ?? "user",
  tier: "standard",
  sessionId: caller.apiKeyId === undefined ? "sess_000000000000000000test" : null,
  apiKeyId: caller.apiKeyId ?? null,
  clientTokenId: null,
  scopes: new Set(caller.scopes ?? scopes),
  bounds: noBounds,
  notices: {},
});

/** Knows callers by the very token that they send, as bearer token, API key or cookie; every other token is refused. */
export const authenticatorOf = (callers: Readonly<Record<string, Caller>>): Authenticator => ({
  async authenticate({ bearer, apiKey, cookie }) {
    const token = bearer ?? apiKey ?? cookie;
    if (token === undefined) return null;
    const caller = callers[token];
    if (caller === undefined)
      throw new AppError({ code: "invalid_credentials", status: 401, message: "Unknown token." });
    return caller;
  },
});

interface TestApp {
  modules: readonly DomainModule[];
  /** Nobody can sign in when it is absent. */
  authenticator?: Authenticator;
  config?: Partial<SettingsOf<typeof httpSettings>>;
  log?: Log;
  raw?: RawHandler;
  webDirectory?: string;
  onRefused?: ApplicationOptions["onRefused"];
}

/** The real HTTP application over the modules under test; use its `inject`, or `listen` where a socket matters. Close it at the end. */
export const createTestApp = ({
  modules,
  authenticator,
  config,
  log = silentLog,
  ...rest
}: TestApp): Promise<FastifyInstance> =>
  createApplication({
    routes: modules.flatMap(({ routes }) => routes),
    authenticator: authenticator ?? authenticatorOf({}),
    config: configOf(httpSettings, config),
    log,
    ...rest,
  });
