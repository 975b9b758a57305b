import * as accounts from "./accounts.ts";
import * as apiKeys from "./api-keys.ts";
import * as baseModels from "./base-models.ts";
import * as datasets from "./datasets.ts";
import * as ecosystem from "./ecosystem.ts";
import type { Endpoint } from "./endpoint.ts";
import * as files from "./files.ts";
import * as models from "./models.ts";
import * as operations from "./operations.ts";
import * as training from "./training.ts";
import * as usage from "./usage.ts";

const resources = [accounts, apiKeys, files, datasets, baseModels, training, models, ecosystem, usage, operations];

const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === "object" && value !== null && "method" in value && "path" in value && "rateClass" in value;

/** Every operation that the platform answers, in the order of the contract. */
export const endpoints: readonly Endpoint[] = resources.flatMap((resource) =>
  Object.values<unknown>(resource).filter(isEndpoint),
);

/**
 * Account routes answer under a second prefix as well. The copies are the same operations, so the OpenAPI document
 * names them once, under `/api/auth`.
 */
export const aliasPath = (path: string): string | undefined =>
  path.startsWith("/api/auth/") ? path.replace("/api/auth/", "/api/v1/auth/") : undefined;
