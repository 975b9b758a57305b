import { z } from "zod";

/**
 * Ids are a prefix that names the kind, an underscore (or hyphen where OpenAI does so) and 22 or more
 * base-62 characters. The prefix lets a person, a log and a schema tell at once what an id belongs to.
 */
const prefixed = (prefix: string, kind: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}[0-9A-Za-z]{12,40}$`), `must be a ${kind} id such as ${prefix}4Yt…`)
    .meta({ description: `Id of a ${kind}.` });

export const UserId = prefixed("user_", "user");
export const SessionId = prefixed("sess_", "session");
export const ApiKeyId = prefixed("key_", "API key");
export const FileId = prefixed("file_", "file");
export const DatasetId = prefixed("ds_", "data set");
export const ModelId = prefixed("model_", "model");
export const ClientTokenId = prefixed("ct_", "client token");
export const AuditEventId = prefixed("evt_", "audit event");
export const DeploymentId = prefixed("dep_", "deployment");
export const ConnectionId = prefixed("conn_", "connection to a provider");
export const ModelRouteId = prefixed("route_", "route");
export const DocumentId = prefixed("doc_", "document");
export const DocumentJobId = prefixed("batch_", "document job");
export const TagId = prefixed("tag_", "tag");
export const PriceId = prefixed("price_", "price");

/** Id prefixes by kind; the server's id generator takes its prefix from here. */
export const idPrefixes = {
  user: "user_",
  session: "sess_",
  apiKey: "key_",
  clientToken: "ct_",
  mailToken: "mt_",
  oidcTransaction: "oidc_",
  auditEvent: "evt_",
  file: "file_",
  dataset: "ds_",
  job: "ftjob-",
  model: "model_",
  deployment: "dep_",
  connection: "conn_",
  modelRoute: "route_",
  price: "price_",
  document: "doc_",
  documentJob: "batch_",
  tag: "tag_",
  taggerEvaluation: "eval_",
  meterProcess: "proc_",
  request: "req_",
} as const;

export type IdKind = keyof typeof idPrefixes;
