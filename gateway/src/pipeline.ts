import { admit } from "./admit/admit.ts";
import { complete, type CompletionEnvironment } from "./complete.ts";
import { invalidRequest, toGatewayError, unsupportedEncoding, type GatewayError } from "./errors.ts";
import { decodeJsonObject, encodeJson } from "./json.ts";
import type { GatewayCaller } from "./ports.ts";
import { parseCompletionCall } from "./receive/completion-call.ts";
import type { GatewayReply, GatewayRequest } from "./receive/exchange.ts";
import { getModel, listModels } from "./receive/model-list.ts";
import { openAiDoneEvent } from "./receive/openai-done.ts";
import { errorHeaders, openAiErrorBody } from "./receive/openai-errors.ts";
import { matchRoute, type CompletionEndpoint } from "./receive/routes.ts";
import { answerHeaders, newRequestContext, type RequestContext } from "./request-context.ts";

/** An answer of `chat`. */
export interface InProcessAnswer {
  requestId: string;
  /** As it would be over HTTP. */
  status: number;
  /** A chat completion for status 200, otherwise an error of the OpenAI dialect. */
  body: unknown;
  /** Integer nano-USD; null when the model has no price or nothing was answered. */
  costNanoUsd: number | null;
  latencyMs: number;
}

/** The steps of a request, without any transport towards the client. */
export interface Pipeline {
  /** Answers one request, whatever comes; never rejects. */
  handle(request: GatewayRequest, reply: GatewayReply): Promise<void>;
  chat(caller: GatewayCaller, body: unknown, signal: AbortSignal): Promise<InProcessAnswer>;
}

interface Incoming {
  context: RequestContext;
  request: GatewayRequest;
  reply: GatewayReply;
  caller: GatewayCaller;
}

const jsonType = "application/json; charset=utf-8";

const sendBytes = (
  reply: GatewayReply,
  { status, headers, bytes }: { status: number; headers: Record<string, string>; bytes: Uint8Array },
): void => {
  reply.start(status, { ...headers, "content-type": jsonType, "content-length": String(bytes.length) });
  reply.end(bytes);
};

const sendError = (reply: GatewayReply, context: RequestContext, error: GatewayError): void =>
  sendBytes(reply, {
    status: error.status,
    headers: { ...answerHeaders(context), ...errorHeaders(error) },
    bytes: encodeJson(openAiErrorBody(error)),
  });

const costHeader = (costNanoUsd: number | null): Record<string, string> =>
  costNanoUsd === null ? {} : { "x-gateway-cost-nano-usd": String(costNanoUsd) };

const answerCompletion = async (
  environment: CompletionEnvironment,
  { context, request, reply, caller }: Incoming,
  endpoint: CompletionEndpoint,
): Promise<void> => {
  const { options } = environment;
  const encoding = request.header("content-encoding");
  if (encoding !== undefined && encoding !== "identity") throw unsupportedEncoding(encoding);
  const bytes = await context.timer.waitFor(request.readBody(options.maxRequestBytes));
  const { bounds } = caller;
  const call = parseCompletionCall({ endpoint, bytes, maxDepth: options.maxRequestDepth, bounds });
  const done = await complete(environment, { context, caller, call, reply: call.stream ? reply : undefined });
  if (done.outcome === "aborted") return reply.breakOff();
  // The end is told after the settlement: who asks for the bill when the stream is over finds this request on it.
  if (done.committed) return reply.end(done.outcome === "completed" ? openAiDoneEvent : undefined);
  if (done.error !== undefined) throw done.error;
  if (done.bytes === undefined) return reply.breakOff();
  const headers = { ...answerHeaders(context), ...costHeader(done.costNanoUsd) };
  sendBytes(reply, { status: 200, headers, bytes: done.bytes });
};

const answer = async (environment: CompletionEnvironment, incoming: Omit<Incoming, "caller">): Promise<void> => {
  const { admission, models } = environment.ports;
  const { context, request, reply } = incoming;
  const route = matchRoute(request.method, request.url);
  const caller = await admit({ admission, request, scope: route.scope, context });
  if (route.kind === "completion") return answerCompletion(environment, { ...incoming, caller }, route.endpoint);
  const body =
    route.kind === "list-models" ? await listModels(models, caller) : await getModel(models, caller, route.model);
  sendBytes(reply, { status: 200, headers: answerHeaders(context), bytes: encodeJson(body) });
};

const chatInProcess = async (
  environment: CompletionEnvironment,
  args: { context: RequestContext; caller: GatewayCaller; body: unknown },
): Promise<Pick<InProcessAnswer, "status" | "body" | "costNanoUsd">> => {
  const { options } = environment;
  const { context, caller, body } = args;
  const bytes = encodeJson(body ?? null);
  const call = parseCompletionCall({
    endpoint: "chat/completions",
    bytes,
    maxDepth: options.maxRequestDepth,
    bounds: caller.bounds,
  });
  if (call.stream) throw invalidRequest("An answer within the process cannot be streamed.", { param: "stream" });
  const done = await complete(environment, { context, caller, call, reply: undefined });
  if (done.bytes !== undefined) {
    return { status: 200, body: decodeJsonObject(done.bytes), costNanoUsd: done.costNanoUsd };
  }
  context.signal.throwIfAborted();
  throw done.error ?? new Error("a completion ended without an answer and without an error");
};

/** Builds the steps of a request around the ports and a transport to the providers. */
export const createPipeline = (environment: CompletionEnvironment): Pipeline => {
  const { ports } = environment;
  const logFault = ({ requestId }: RequestContext, error: GatewayError): void => {
    if (error.status === 500) ports.log.error({ requestId, err: error.cause ?? error }, "gateway request failed");
  };
  return {
    async handle(request, reply) {
      const context = newRequestContext(ports, request.signal);
      try {
        await answer(environment, { context, request, reply });
      } catch (thrown) {
        if (request.signal.aborted) return reply.breakOff();
        const error = toGatewayError(thrown);
        logFault(context, error);
        sendError(reply, context, error);
      }
    },
    async chat(caller, body, signal) {
      const context = newRequestContext(ports, signal);
      const latency = (): number => Math.round(context.timer.elapsedMs());
      const { requestId } = context;
      try {
        const answered = await chatInProcess(environment, { context, caller, body });
        return { requestId, ...answered, latencyMs: latency() };
      } catch (thrown) {
        signal.throwIfAborted();
        const error = toGatewayError(thrown);
        logFault(context, error);
        const { status } = error;
        return { requestId, status, body: openAiErrorBody(error), costNanoUsd: null, latencyMs: latency() };
      }
    },
  };
};
