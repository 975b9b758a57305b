import type { SettingsOf } from "../../platform/config/setting.ts";
import type { providersSettings } from "../providers.config.ts";
import { parseBaseUrl, usualBaseUrlOf } from "./base-url.ts";
import type { Connection } from "./connection.ts";
import { last4Of } from "./connection-secrets.ts";

interface Given {
  id: string;
  kind: "openai" | "anthropic" | "gemini";
  apiKey: string | undefined;
  baseUrl: string | undefined;
}

function connectionOf({ id, kind, apiKey, baseUrl }: Given): Connection[] {
  if (apiKey === undefined) return [];
  const parsed = parseBaseUrl(baseUrl ?? usualBaseUrlOf(kind) ?? "", { kind, http: "private" });
  // The setting's schema has refused what is no address.
  if ("fault" in parsed) return [];
  return [
    {
      id,
      name: kind,
      kind,
      provider: kind,
      baseUrl: parsed.url,
      secrets: { apiKey, headers: [] },
      apiKeyLast4: last4Of(apiKey),
      headerNames: [],
      offersCatalogue: true,
      enabled: true,
      source: "environment",
      createdAt: null,
      updatedAt: null,
    },
  ];
}

/** The connections that the settings of the server make; their ids are the same in every process and after every start. */
export const environmentConnections = (config: SettingsOf<typeof providersSettings>): readonly Connection[] => [
  ...connectionOf({
    id: "conn_environmentOpenai",
    kind: "openai",
    apiKey: config.openaiApiKey,
    baseUrl: config.openaiBaseUrl,
  }),
  ...connectionOf({
    id: "conn_environmentAnthropic",
    kind: "anthropic",
    apiKey: config.anthropicApiKey,
    baseUrl: config.anthropicBaseUrl,
  }),
  ...connectionOf({
    id: "conn_environmentGemini",
    kind: "gemini",
    apiKey: config.geminiApiKey,
    baseUrl: config.geminiBaseUrl,
  }),
];
