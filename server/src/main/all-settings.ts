import { accountsSettings } from "../accounts/accounts.config.ts";
import { baseModelsSettings } from "../base-models/base-models.config.ts";
import { datasetsSettings } from "../datasets/datasets.config.ts";
import { documentsSettings } from "../documents/documents.config.ts";
import { endpointsSettings } from "../endpoints/endpoints.config.ts";
import { filesSettings } from "../files/files.config.ts";
import { keysSettings } from "../keys/keys.config.ts";
import type { SettingsOfGroups } from "../platform/config/read-settings.ts";
import { httpSettings } from "../platform/http/http.config.ts";
import { mailSettings } from "../platform/mail/mail.config.ts";
import { telemetrySettings } from "../platform/telemetry/telemetry.config.ts";
import { providersSettings } from "../providers/providers.config.ts";
import { taggingSettings } from "../tagging/tagging.config.ts";
import { trainingSettings } from "../training/training.config.ts";
import { usageSettings } from "../usage/usage.config.ts";
import { secretsManagerSettings } from "./secrets-manager.config.ts";
import { serverSettings } from "./server.config.ts";

/** Every setting of the server, by the part that it belongs to. */
export const allSettings = {
  server: serverSettings,
  secretsManager: secretsManagerSettings,
  http: httpSettings,
  mail: mailSettings,
  telemetry: telemetrySettings,
  accounts: accountsSettings,
  keys: keysSettings,
  usage: usageSettings,
  providers: providersSettings,
  files: filesSettings,
  documents: documentsSettings,
  tagging: taggingSettings,
  baseModels: baseModelsSettings,
  datasets: datasetsSettings,
  training: trainingSettings,
  endpoints: endpointsSettings,
} as const;

export type Settings = SettingsOfGroups<typeof allSettings>;
