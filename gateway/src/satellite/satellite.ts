import type { LlmProvider } from "@llm-tuner/contract/llm.ts";
import { admit } from "../admit/admit.ts";
import { toGatewayError } from "../errors.ts";
import type { WebHandler } from "../hosts/web.ts";
import type { GatewayOptions } from "../options.ts";
import { gatewayScopes, type GatewayPorts, type Log } from "../ports.ts";
import { errorHeaders } from "../receive/error-headers.ts";
import { openAiErrorBody } from "../receive/openai-errors.ts";
import { createWebGateway } from "../web-gateway.ts";
import { withCors } from "./cors.ts";
import { createDirectModels, type DirectProvider } from "./direct-models.ts";
import { createPlatformClient } from "./platform-client.ts";
import { createRemoteAdmission } from "./remote-admission.ts";
import { createRemoteMeter } from "./remote-meter.ts";
import type { SatelliteSettings } from "./settings.ts";

/** The gateway as functions that can be put anywhere; each takes client tokens, API keys and access tokens of the platform. */
export interface Satellite {
  /** All of `/v1`, over every provider whose key is set. */
  gateway: WebHandler;
  /** OpenAI's models: `/v1/…`, and `/` for a chat completion. */
  openaiGenerate: WebHandler;
  /** Anthropic's models: `/v1/…`, and `/` for a message. */
  anthropicGenerate: WebHandler;
  /** The providers that can be asked here, in the form of the platform's `/api/v1/llm/providers`. */
  listProviders: WebHandler;
}

export interface SatelliteOptions {
  settings: SatelliteSettings;
  log: Log;
  fetch?: typeof fetch;
  options?: Partial<GatewayOptions>;
}

const platformTimeoutMs = 10_000;
/** Three attempts to report within a second and a half, while the client waits for its last byte. */
const reportPausesMs = [100, 400, 1_000];
const requestIdCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const requestIdLength = 22;
const providerNames: Readonly<Record<string, string>> = {
  openai: "OpenAI",
  anthropic: "Anthropic",
  gemini: "Google Gemini",
};

/** Unguessable, since the platform keeps requests by their id. */
const newRequestId = (): string => {
  let id = "req_";
  while (id.length < "req_".length + requestIdLength) {
    for (const byte of crypto.getRandomValues(new Uint8Array(requestIdLength))) {
      // Bytes beyond the last whole multiple of the alphabet would favour its beginning.
      if (byte < 248) id += requestIdCharacters.charAt(byte % requestIdCharacters.length);
    }
  }
  return id.slice(0, "req_".length + requestIdLength);
};

/** A function's own address stands for its operation. */
const withDefaultPath =
  (handler: WebHandler, path: string): WebHandler =>
  (request, context) => {
    const url = new URL(request.url);
    if (url.pathname !== "/" && url.pathname !== "") return handler(request, context);
    url.pathname = path;
    return handler(new Request(url, request), context);
  };

const createProviderList =
  (admission: GatewayPorts["admission"], providers: readonly DirectProvider[]): WebHandler =>
  async (request) => {
    try {
      const header = (name: string): string | undefined => request.headers.get(name) ?? undefined;
      await admit({ admission, request: { header }, scope: gatewayScopes.chat, context: { headers: {} } });
      const known = Object.entries(providerNames).map(([id, name]): LlmProvider => ({
        id,
        name,
        available: providers.some((provider) => provider.name === id),
        models: [],
      }));
      return Response.json({ providers: known });
    } catch (thrown) {
      const error = toGatewayError(thrown);
      return Response.json(openAiErrorBody(error), { status: error.status, headers: errorHeaders(error) });
    }
  };

/** What a gateway outside the platform asks the platform; the host decides how it is called. */
export const createSatellitePorts = ({
  settings,
  log,
  fetch: send = fetch,
}: SatelliteOptions): Omit<GatewayPorts, "models"> => {
  const { platformUrl: url, platformApiKey: apiKey } = settings;
  const platform = createPlatformClient({ url, apiKey, timeoutMs: platformTimeoutMs, fetch: send, log });
  const admission = createRemoteAdmission(platform);
  const meter = createRemoteMeter({
    platform,
    presentedBy: admission.presentedBy,
    log,
    pausesMs: reportPausesMs,
    delay: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
  });
  return { admission, meter, clock: { now: () => new Date() }, newRequestId, log };
};

/** Builds the functions. They ask the platform for everything that is not theirs to know, and keep nothing. */
export const createSatellite = (satellite: SatelliteOptions): Satellite => {
  const { providers, allowedOrigins } = satellite.settings;
  const { fetch: send = fetch, options = {} } = satellite;
  const ports = createSatellitePorts(satellite);
  const gatewayOver = (offered: readonly DirectProvider[]): WebHandler =>
    createWebGateway({ ...ports, models: createDirectModels(offered), fetch: send, options });
  const only = (name: string): WebHandler => gatewayOver(providers.filter((provider) => provider.name === name));
  const open = (handler: WebHandler): WebHandler => withCors(handler, allowedOrigins);
  return {
    gateway: open(gatewayOver(providers)),
    openaiGenerate: open(withDefaultPath(only("openai"), "/v1/chat/completions")),
    anthropicGenerate: open(withDefaultPath(only("anthropic"), "/v1/messages")),
    listProviders: open(createProviderList(ports.admission, providers)),
  };
};
