import * as accounts from "./accounts.ts";
import * as admin from "./admin.ts";
import * as apiKeys from "./api-keys.ts";
import * as audit from "./audit.ts";
import * as baseModels from "./base-models.ts";
import * as clientTokens from "./client-tokens.ts";
import * as datasets from "./datasets.ts";
import * as documentJobs from "./document-jobs.ts";
import * as documents from "./documents.ts";
import * as ecosystem from "./ecosystem.ts";
import type { Endpoint } from "./endpoint.ts";
import * as externalSignIn from "./external-sign-in.ts";
import * as files from "./files.ts";
import * as images from "./images.ts";
import * as llm from "./llm.ts";
import * as mailedLinks from "./mailed-links.ts";
import * as modelRoutes from "./model-routes.ts";
import * as messages from "./messages.ts";
import * as responses from "./responses.ts";
import * as models from "./models.ts";
import * as operations from "./operations.ts";
import * as prices from "./prices.ts";
import * as providers from "./providers.ts";
import * as satellites from "./satellites.ts";
import * as sessions from "./sessions.ts";
import * as tagging from "./tagging.ts";
import * as tags from "./tags.ts";
import * as training from "./training.ts";
import * as usage from "./usage.ts";
import * as videos from "./videos.ts";

const resources = [
  accounts,
  sessions,
  mailedLinks,
  externalSignIn,
  clientTokens,
  apiKeys,
  files,
  documentJobs,
  documents,
  tags,
  tagging,
  datasets,
  baseModels,
  training,
  models,
  ecosystem,
  messages,
  responses,
  images,
  videos,
  llm,
  usage,
  prices,
  admin,
  providers,
  modelRoutes,
  satellites,
  audit,
  operations,
];

const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === "object" && value !== null && "method" in value && "path" in value && "rateClass" in value;

/** Every operation that the platform answers, in the order of the contract. */
export const endpoints: readonly Endpoint[] = resources.flatMap((resource) =>
  Object.values<unknown>(resource).filter(isEndpoint),
);

/** Where providers of sign-in are commonly told to send the browser back to. */
const otherPaths: Readonly<Record<string, readonly string[]>> = {
  "/api/auth/google/callback": ["/auth/google/callback"],
};

/**
 * Every address of an operation: its own, and for account routes a second prefix as well. The others are the same
 * operation, so the OpenAPI document names it once.
 */
export const pathsOf = ({ path }: Pick<Endpoint, "path">): readonly string[] => [
  path,
  ...(path.startsWith("/api/auth/") ? [path.replace("/api/auth/", "/api/v1/auth/")] : []),
  ...(otherPaths[path] ?? []),
];
