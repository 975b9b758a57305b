import type { Behaviour } from "../behaviour.ts";
import { startFakeProvider, type FakeOptions, type FakeProvider } from "../fake-provider.ts";
import { ProviderError, type FakeRequest, type ProviderDialect, type Reply } from "../reply.ts";
import { usageOf } from "../usage.ts";
import { canonical } from "./canonical.ts";
import { embedContent } from "./embed.ts";
import { errorObject, invalid } from "./errors.ts";
import { countContentTokens, generateContent } from "./generate.ts";
import { promptOf } from "./input.ts";
import { downloadFile, getOperation, predict, predictLongRunning, type Operations } from "./media.ts";
import { checkModel, listedModels } from "./models.ts";

const free = (body: unknown): Reply => ({ kind: "json", body, usage: usageOf(), reportsUsage: false });

const modelObject = (id: string) => ({
  name: `models/${id}`,
  version: "001",
  displayName: id,
  inputTokenLimit: 1_048_576,
  outputTokenLimit: 65_536,
  supportedGenerationMethods: ["generateContent", "countTokens"],
});

const getModels = ({ query }: FakeRequest, id: string | undefined): Reply => {
  if (id !== undefined) {
    checkModel(id, "generateContent");
    return free(modelObject(id));
  }
  const start = Number(query.get("pageToken") ?? 0);
  const end = start + Number(query.get("pageSize") ?? 50);
  const models = listedModels.slice(start, end).map(modelObject);
  return free(end < listedModels.length ? { models, nextPageToken: String(end) } : { models });
};

const place = /^\/v1(?:beta|alpha)?\/models(?:\/([^/:]+))?(?::(\w+))?$/;

const route = (request: FakeRequest, behaviour: Behaviour, operations: Operations): Reply => {
  const { method, path } = request;
  if (method === "GET" && /\/operations\/\w+$/.test(path)) return getOperation(request, operations);
  if (method === "GET" && path.endsWith(":download")) return downloadFile(request, operations);
  const [matched, model, action] = place.exec(path) ?? [];
  if (method === "GET" && matched !== undefined && action === undefined) return getModels(request, model);
  if (method === "POST" && model !== undefined) {
    if (action === "generateContent" || action === "streamGenerateContent")
      return generateContent(request, model, behaviour);
    if (action === "countTokens") return countContentTokens(request, model);
    if (action === "embedContent" || action === "batchEmbedContents") {
      return embedContent(request, model, behaviour, action === "batchEmbedContents");
    }
    if (action === "predict") return predict(request, model, behaviour);
    if (action === "predictLongRunning") return predictLongRunning(request, model, behaviour, operations);
  }
  throw new ProviderError(404, `The requested URL ${path} was not found on this server.`);
};

const errorInfo = {
  "@type": "type.googleapis.com/google.rpc.ErrorInfo",
  reason: "API_KEY_INVALID",
  domain: "googleapis.com",
};

const checkKey = ({ headers, query }: FakeRequest, apiKey: string): void => {
  const given = headers["x-goog-api-key"] ?? query.get("key") ?? undefined;
  if (given === apiKey) return;
  if (given !== undefined) throw invalid("API key not valid. Please pass a valid API key.", [errorInfo]);
  const why = "Method doesn't allow unregistered callers (callers without established identity).";
  throw new ProviderError(403, `${why} Please use API Key or other form of API consumer identity to call this API.`);
};

const dialectFor = (operations: Operations): ProviderDialect => ({
  name: "gemini",
  checkKey,
  describe: ({ path, body }) => ({
    model: place.exec(path)?.[1] ?? null,
    stream: path.endsWith(":streamGenerateContent"),
    prompt: promptOf(canonical(body)),
  }),
  handle: (request, behaviour) => route({ ...request, body: canonical(request.body) }, behaviour, operations),
  headers: () => ({
    "x-content-type-options": "nosniff",
    "server-timing": "gfet4t7; dur=12",
    vary: "Origin, X-Origin, Referer",
  }),
  // Without `alt=sse` a stream is an array, and so is its error.
  errorBody: (error, { path, query }) =>
    path.endsWith(":streamGenerateContent") && query.get("alt") !== "sse" ? [errorObject(error)] : errorObject(error),
  errorEvent: (error) => ({ data: errorObject(error) }),
});

/** A fake of generativelanguage.googleapis.com; its origin is the base URL. */
export const startFakeGemini = (options: FakeOptions = {}): Promise<FakeProvider> =>
  startFakeProvider(dialectFor(new Map()), options);
