import type { Behaviour } from "../behaviour.ts";
import { startFakeProvider, type FakeOptions, type FakeProvider } from "../fake-provider.ts";
import { objectOr, objectsOr } from "../json.ts";
import { pngBytes } from "../media.ts";
import { ProviderError, retryAfter, type FakeRequest, type ProviderDialect, type Reply } from "../reply.ts";
import { seededId } from "../seeded.ts";
import { usageOf } from "../usage.ts";
import { promptOfMessages } from "./chat-input.ts";
import { chatCompletion } from "./chat.ts";
import { promptsOf, textCompletion } from "./completions.ts";
import { embeddings } from "./embeddings.ts";
import { errorObject } from "./errors.ts";
import { images } from "./images.ts";
import { checkModel, listedModels } from "./models.ts";
import { countInputTokens, createResponse, storedResponse } from "./responses.ts";
import { newState, type OpenAiState } from "./state.ts";
import { videos } from "./videos.ts";

const free = (body: unknown): Reply => ({ kind: "json", body, usage: usageOf(), reportsUsage: false });

const modelObject = (id: string) => ({ id, object: "model", created: 1_700_000_000, owned_by: "system" });

const getModels = ({ path }: FakeRequest): Reply => {
  const id = path.slice("/v1/models".length + 1);
  if (id === "") return free({ object: "list", data: listedModels.map(modelObject) });
  checkModel(id);
  return free(modelObject(id));
};

/** Pictures that an answer points to; their addresses are secret, so they need no key. */
const isFile = ({ method, path }: FakeRequest): boolean => method === "GET" && /^\/files\/[^/]+\.png$/.test(path);

const route = (request: FakeRequest, behaviour: Behaviour, state: OpenAiState): Reply => {
  const { method, path } = request;
  if (method === "POST" && path === "/v1/chat/completions") return chatCompletion(request, behaviour, state);
  if (method === "POST" && path === "/v1/completions") return textCompletion(request, behaviour);
  if (method === "POST" && path === "/v1/responses") return createResponse(request, behaviour, state);
  if (method === "POST" && path === "/v1/responses/input_tokens") return countInputTokens(request, state);
  if (method !== "POST" && /^\/v1\/responses\/[^/]+(\/input_items)?$/.test(path)) return storedResponse(request, state);
  if (method === "POST" && path === "/v1/embeddings") return embeddings(request, behaviour);
  const [, imageAction] = /^\/v1\/images\/(generations|edits|variations)$/.exec(path) ?? [];
  if (method === "POST" && imageAction !== undefined) return images(request, behaviour, imageAction);
  if (/^\/v1\/videos(\/[^/]+(\/content)?)?$/.test(path)) return videos(request, behaviour, state);
  if (isFile(request)) return { kind: "bytes", bytes: pngBytes, contentType: "image/png", usage: usageOf() };
  if (method === "GET" && /^\/v1\/models(\/.+)?$/.test(path)) return getModels(request);
  throw new ProviderError(404, `Invalid URL (${method} ${path})`, { type: "invalid_request_error" });
};

const checkKey = (request: FakeRequest, apiKey: string): void => {
  if (isFile(request)) return;
  const { headers } = request;
  const given = headers.authorization?.replace(/^Bearer /, "") ?? "";
  if (given === apiKey) return;
  if (given === "") throw new ProviderError(401, "You didn't provide an API key.", { type: "invalid_request_error" });
  throw new ProviderError(
    401,
    `Incorrect API key provided: ${given.slice(0, 3)}***. You can find your API key at https://platform.openai.com/account/api-keys.`,
  );
};

/** The text of the last message in whatever form the endpoint takes it. */
const promptOf = ({ body }: FakeRequest): string => {
  if (Array.isArray(body["messages"])) return promptOfMessages(objectsOr(body["messages"]));
  if (typeof body["input"] === "string") return body["input"];
  if (Array.isArray(body["input"])) {
    const last: unknown = body["input"].at(-1);
    if (typeof last === "string") return last;
    return promptOfMessages([objectOr(last)]);
  }
  return promptsOf(body["prompt"])
    .map(({ text }) => text)
    .join("\n");
};

const limits = (error: ProviderError | undefined): Record<string, string> => ({
  "x-ratelimit-limit-requests": "10000",
  "x-ratelimit-limit-tokens": "2000000",
  "x-ratelimit-remaining-requests": error?.status === 429 ? "0" : "9999",
  "x-ratelimit-remaining-tokens": error?.status === 429 ? "0" : "1999000",
  "x-ratelimit-reset-requests": "6ms",
  "x-ratelimit-reset-tokens": "1m30.5s",
});

const dialectFor = (state: OpenAiState): ProviderDialect => ({
  name: "openai",
  checkKey,
  describe: (request) => ({
    model: typeof request.body["model"] === "string" ? request.body["model"] : null,
    stream: request.body["stream"] === true || request.body["stream"] === "true",
    prompt: promptOf(request),
  }),
  handle: (request, behaviour) => route(request, behaviour, state),
  headers: ({ call }, error) => ({
    "x-request-id": seededId("req_", `${call}`),
    "openai-version": "2020-10-01",
    "openai-organization": "org-fake",
    "openai-processing-ms": "12",
    ...limits(error),
    ...retryAfter(error),
  }),
  errorBody: (error) => ({ error: errorObject(error) }),
  errorEvent: (error) => ({ data: { error: errorObject(error) } }),
});

/** A fake of api.openai.com; give clients `${origin}/v1` as their base URL. */
export const startFakeOpenAi = (options: FakeOptions = {}): Promise<FakeProvider> =>
  startFakeProvider(dialectFor(newState()), options);
