import type { Behaviour } from "../behaviour.ts";
import { startFakeProvider, type FakeOptions, type FakeProvider } from "../fake-provider.ts";
import { ProviderError, retryAfter, type FakeRequest, type ProviderDialect, type Reply } from "../reply.ts";
import { seededId } from "../seeded.ts";
import { usageOf } from "../usage.ts";
import { errorObject, invalid } from "./errors.ts";
import { MarkedCache, promptOf } from "./input.ts";
import { countMessageTokens, createMessage } from "./messages.ts";
import { checkModel, listedModels } from "./models.ts";

const free = (body: unknown): Reply => ({ kind: "json", body, usage: usageOf(), reportsUsage: false });

const modelObject = (id: string) => ({
  type: "model",
  id,
  display_name: id,
  created_at: "2026-01-01T00:00:00Z",
  lifecycle: "active",
  max_input_tokens: 200_000,
  max_tokens: 64_000,
  capabilities: null,
  line: null,
  deprecated_at: null,
  retires_at: null,
});

const getModels = ({ path, query }: FakeRequest): Reply => {
  const id = path.slice("/v1/models".length + 1);
  if (id !== "") {
    checkModel(id);
    return free(modelObject(id));
  }
  const after = query.get("after_id");
  const start = after === null ? 0 : listedModels.indexOf(after) + 1;
  const ids = listedModels.slice(start, start + Number(query.get("limit") ?? 20));
  const more = start + ids.length < listedModels.length;
  return free({ data: ids.map(modelObject), has_more: more, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null });
};

const largestRequestBytes = 32 * 1024 * 1024;

const route = (request: FakeRequest, behaviour: Behaviour, cache: MarkedCache): Reply => {
  const { method, path, headers } = request;
  if (headers["anthropic-version"] === undefined) throw invalid("anthropic-version: header is required");
  if (Number(headers["content-length"] ?? 0) > largestRequestBytes) {
    throw new ProviderError(413, "Request exceeds the maximum size");
  }
  if (method === "POST" && path === "/v1/messages") return createMessage(request, behaviour, cache);
  if (method === "POST" && path === "/v1/messages/count_tokens") return countMessageTokens(request);
  if (method === "GET" && /^\/v1\/models(\/.+)?$/.test(path)) return getModels(request);
  throw new ProviderError(404, "Not Found");
};

const checkKey = ({ headers }: FakeRequest, apiKey: string): void => {
  // The SDK has sent its key as a bearer since version 1; others send the header of old.
  const given = headers["x-api-key"] ?? headers.authorization?.replace(/^Bearer /, "");
  if (given === undefined) throw new ProviderError(401, "x-api-key header is required");
  if (given !== apiKey) throw new ProviderError(401, "invalid x-api-key");
};

const limitKinds = { requests: 4000, tokens: 480_000, "input-tokens": 400_000, "output-tokens": 80_000 };

const limits = (error: ProviderError | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(limitKinds).flatMap(([kind, limit]) => [
      [`anthropic-ratelimit-${kind}-limit`, String(limit)],
      [`anthropic-ratelimit-${kind}-remaining`, error?.status === 429 ? "0" : String(limit - 1)],
      [`anthropic-ratelimit-${kind}-reset`, "2026-01-01T00:01:00Z"],
    ]),
  );

const idOf = ({ call }: FakeRequest): string => seededId("req_", `${call}`);

const dialectFor = (cache: MarkedCache): ProviderDialect => ({
  name: "anthropic",
  checkKey,
  describe: ({ body }) => ({
    model: typeof body["model"] === "string" ? body["model"] : null,
    stream: body["stream"] === true,
    prompt: promptOf(body),
  }),
  handle: (request, behaviour) => route(request, behaviour, cache),
  headers: (request, error) => ({
    "request-id": idOf(request),
    "anthropic-organization-id": "00000000-0000-4000-8000-000000000000",
    ...limits(error),
    ...retryAfter(error),
  }),
  errorBody: (error, request) => errorObject(error, idOf(request)),
  errorEvent: (error, request) => ({ name: "error", data: errorObject(error, idOf(request)) }),
});

/** A fake of api.anthropic.com; its origin is the base URL. */
export const startFakeAnthropic = (options: FakeOptions = {}): Promise<FakeProvider> =>
  startFakeProvider(dialectFor(new MarkedCache()), options);
