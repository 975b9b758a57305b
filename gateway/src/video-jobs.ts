import { videoVariants } from "@llm-tuner/contract/videos.ts";
import { isModelAllowed } from "./admit/model-patterns.ts";
import { upstreamRequest } from "./attempt.ts";
import type { CompletionEnvironment } from "./complete.ts";
import { noFacts } from "./conversation/answer.ts";
import { GatewayError, internalError, invalidRequest, modelNotAllowed, modelUnavailable } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { nothingUsed } from "./meter/usage.ts";
import type { GatewayOptions } from "./options.ts";
import type { GatewayCaller, ModelLease, VideoJob, VideoJobs } from "./ports.ts";
import { askOnce } from "./providers/ask-once.ts";
import { invalidProviderAnswer } from "./providers/provider-errors.ts";
import type {
  Provider,
  ProviderRequest,
  Video,
  VideoAdapter,
  VideoRequest,
  VideoVariant,
} from "./providers/provider.ts";
import { relayContent } from "./providers/relay-content.ts";
import type { UpstreamRequest } from "./providers/upstream.ts";
import type { GatewayReply, GatewayRequest } from "./receive/exchange.ts";
import { rangeNotSatisfiable, videoCannotBeDeleted, videoNotFound } from "./receive/videos/errors.ts";
import { answerHeaders, type RequestContext } from "./request-context.ts";
import { providerOf } from "./translate.ts";

/** Who asks for which film. */
export interface AskedVideo {
  context: RequestContext;
  caller: GatewayCaller;
  id: string;
}

/** A film and the server that makes it, held for one request. */
interface AtServer {
  context: RequestContext;
  videos: VideoJobs;
  job: VideoJob;
  provider: Provider;
  adapter: VideoAdapter;
  lease: ModelLease;
  options: GatewayOptions;
  environment: CompletionEnvironment;
}

const notConnected = () =>
  modelUnavailable({ message: "The provider of this video is not connected any more.", retryable: false });

/** Finds the film of this account, and asks at its server. Throws a 404 for a film of somebody else as for none. */
const atServer = async <Result>(
  environment: CompletionEnvironment,
  { context, caller, id }: AskedVideo,
  ask: (at: AtServer) => Promise<Result>,
): Promise<Result> => {
  const { videos } = environment.ports;
  const job = await videos?.find(caller.accountId, id);
  if (videos === undefined || job === undefined) throw videoNotFound(id);
  if (!isModelAllowed(caller.bounds.allowedModels, job.model)) throw modelNotAllowed(job.model);
  const server = await videos.serverOf(job);
  const provider = server && providerOf(server.adapter);
  if (server === undefined || provider?.videos === undefined) throw notConnected();
  context.headers["x-gateway-provider"] = server.provider;
  const options = { ...environment.options, ...server.timeouts };
  const lease = await context.timer.waitFor(server.acquire(context.signal));
  try {
    return await ask({ context, videos, job, provider, adapter: provider.videos, lease, options, environment });
  } finally {
    lease.release();
  }
};

const withHeaders = ({ context }: AtServer, request: VideoRequest, accept: string): ProviderRequest => ({
  ...request,
  headers: { accept, "accept-encoding": "identity", "x-request-id": context.requestId },
  body: null,
});

/** A refusal in the caller's words: the film is told by the id that the caller knows. */
const readErrorOf =
  ({ provider, job }: AtServer): Provider["readError"] =>
  (answer) => {
    if (answer.status === 416) return rangeNotSatisfiable();
    const error = provider.readError(answer);
    return answer.status === 404 ? videoNotFound(job.id, error.message.replaceAll(job.upstreamId, job.id)) : error;
  };

const ask = async (at: AtServer, request: VideoRequest): Promise<Uint8Array> => {
  const { context, lease, options, environment } = at;
  const asked = withHeaders(at, request, "application/json");
  const done = await context.timer.waitFor(
    askOnce({
      transport: environment.transport,
      provider: { readError: readErrorOf(at) },
      translation: {
        request: asked,
        readAnswer: (bytes) => ({ bytes, usage: nothingUsed, facts: noFacts }),
        streamTranslator() {
          throw new Error("a film is not described by a stream");
        },
      },
      request: upstreamRequest(lease, asked, { stream: false, timeouts: options }),
      options,
      firstByteTimeoutMs: options.firstByteTimeoutMs,
      totalTimeoutMs: options.totalTimeoutMs,
      signal: context.signal,
      drain: () => undefined,
      onFirstByte: () => undefined,
    }),
  );
  // Without either the client has gone, and is answered with nothing.
  if (done.answer === undefined) throw done.error ?? internalError("the client went away");
  return done.answer.bytes;
};

/** Whoever looks is told of the film in any case; what was charged for it is given back at the next look. */
const giveBack = async ({ context, videos, job, environment }: AtServer): Promise<void> => {
  try {
    await videos.giveBack(job);
  } catch (error) {
    const { requestId } = context;
    environment.ports.log.error(
      { requestId, videoId: job.id, err: error },
      "a video that failed could not be given back",
    );
  }
};

const look = async (at: AtServer): Promise<{ body: Uint8Array; video: Video }> => {
  const body = await ask(at, at.adapter.lookRequest(at.job));
  const video = at.adapter.readVideo(body, at.job);
  if (video.status === "failed") await giveBack(at);
  return { body, video };
};

/** The body of `GET /v1/videos/{id}`. Throws a 404. */
export const lookAtVideo = (environment: CompletionEnvironment, asked: AskedVideo): Promise<JsonObject> =>
  atServer(environment, asked, async (at) => ({
    ...(await look(at)).video,
    id: at.job.id,
    model: at.job.model,
  }));

/** The body of `DELETE /v1/videos/{id}`. Throws a 404, and a 400 where the provider deletes nothing. */
export const deleteVideo = (environment: CompletionEnvironment, asked: AskedVideo): Promise<JsonObject> =>
  atServer(environment, asked, async (at) => {
    const { adapter, videos, job } = at;
    if (adapter.deleteRequest === undefined) throw videoCannotBeDeleted(job.provider);
    try {
      // One that failed and was never looked at is still to be given back.
      await look(at);
      await ask(at, adapter.deleteRequest(job));
    } catch (error) {
      const isGone = error instanceof GatewayError && error.code === "video_not_found";
      if (!isGone) throw error;
    }
    await videos.remove(job.accountId, job.id);
    return { id: job.id, object: "video.deleted", deleted: true };
  });

const isVariant = (name: string): name is VideoVariant => videoVariants.some((variant) => variant === name);

const variantOf = (url: string): VideoVariant => {
  const start = url.indexOf("?");
  const name = new URLSearchParams(start === -1 ? "" : url.slice(start)).get("variant") ?? "video";
  if (isVariant(name)) return name;
  throw invalidRequest(`Invalid \`variant\`: expected one of ${videoVariants.join(", ")}.`, { param: "variant" });
};

/** Only a range of bytes; whatever else stands there is as good as nothing (RFC 9110, 14.2). */
const rangeHeader = (range: string | undefined): Record<string, string> =>
  range !== undefined && /^bytes=(\d{1,15}-\d{0,15}|-\d{1,15})$/.test(range) ? { range } : {};

const maxRedirects = 3;

/** Where a redirection leads: the provider's key goes to the provider's own server only, and nothing to strangers. */
const redirected = (at: AtServer, from: UpstreamRequest, asked: ProviderRequest, location: string): UpstreamRequest => {
  const base = from.origin.origin + from.path;
  if (!URL.canParse(location, base)) throw invalidProviderAnswer("redirected to something that is no address");
  const to = new URL(location, base);
  const place = { origin: to, path: to.pathname + to.search };
  if (to.origin === at.lease.origin.origin) {
    return {
      ...from,
      ...place,
      headers: upstreamRequest(at.lease, asked, { stream: true, timeouts: at.options }).headers,
    };
  }
  if (to.protocol === "https:" && to.port === "" && at.adapter.isContentHost(to.hostname)) {
    return { ...from, ...place, headers: asked.headers };
  }
  throw invalidProviderAnswer("redirected to a place that is not its own");
};

/** The client only sees that its answer broke off. */
const reportBreak = ({ context, job, environment }: AtServer, error: GatewayError): void => {
  const { requestId, seen } = context;
  seen.error = error;
  const fields = { requestId, videoId: job.id, provider: job.provider, code: error.code, err: error.cause };
  environment.ports.log.warn(fields, "the content of a video broke off");
};

/** Answers `GET /v1/videos/{id}/content`. Throws a 404 when there is nothing yet. */
export const sendVideoContent = (
  environment: CompletionEnvironment,
  asked: AskedVideo,
  { request, reply }: { request: GatewayRequest; reply: GatewayReply },
): Promise<void> => {
  const variant = variantOf(request.url);
  return atServer(environment, asked, async (at) => {
    const { context, adapter, job, lease, options } = at;
    const looked = adapter.looksForContent ? (await look(at)).body : undefined;
    const plain = withHeaders(at, adapter.contentRequest(job, { variant, looked }), "*/*");
    const wanted = { ...plain, headers: { ...plain.headers, ...rangeHeader(request.header("range")) } };
    let upstream = upstreamRequest(lease, wanted, { stream: true, timeouts: options });
    context.timer.startWaiting();
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      const relayed = await relayContent({
        transport: environment.transport,
        request: upstream,
        reply,
        readError: readErrorOf(at),
        options,
        totalTimeoutMs: options.totalTimeoutMs,
        signal: context.signal,
        headers: () => {
          context.timer.stopWaiting();
          return answerHeaders(context);
        },
      });
      if (relayed.brokenOffBy !== undefined) reportBreak(at, relayed.brokenOffBy);
      if (relayed.redirectedTo === undefined) return;
      upstream = redirected(at, upstream, wanted, relayed.redirectedTo);
    }
    throw invalidProviderAnswer("redirected too often");
  });
};
