import { admit } from "./admit/admit.ts";
import { anthropicLimitHeaders } from "./admit/limit-headers.ts";
import { answerCall } from "./answer-call.ts";
import type { CompletionEnvironment } from "./complete.ts";
import { toGatewayError, type GatewayError } from "./errors.ts";
import { encodeJson } from "./json.ts";
import type { GatewayCaller } from "./ports.ts";
import type { GatewayReply, GatewayRequest } from "./receive/exchange.ts";
import { answerInProcess, type InProcessAnswer, type InProcessQuestion } from "./in-process.ts";
import { getModel, listModels } from "./receive/model-list.ts";
import type { Dialect } from "./receive/call.ts";
import { dialectOfRequest, errorBody, errorStatus } from "./receive/dialects.ts";
import { errorHeaders } from "./receive/error-headers.ts";
import { deleteStored, getStored, listStoredInput } from "./receive/responses/stored.ts";
import { type GatewayRoute, matchRoute, routeName } from "./receive/routes.ts";
import { sendBytes } from "./receive/send-bytes.ts";
import { deleteVideo, lookAtVideo, sendVideoContent } from "./video-jobs.ts";
import { observe } from "./telemetry/observe.ts";
import { answerHeaders, newRequestContext, type RequestContext } from "./request-context.ts";

/** The steps of a request, without any transport towards the client. */
export interface Pipeline {
  /** Answers one request, whatever comes; never rejects. */
  handle(request: GatewayRequest, reply: GatewayReply): Promise<void>;
  /** See `Gateway.chat` and `Gateway.chatStream`. */
  inProcess(question: InProcessQuestion): Promise<InProcessAnswer>;
}

const sendError = (
  { reply, context, dialect }: { reply: GatewayReply; context: RequestContext; dialect: Dialect },
  error: GatewayError,
): void =>
  sendBytes(reply, {
    status: errorStatus(dialect, error),
    headers: {
      ...answerHeaders(context),
      ...(dialect === "anthropic" ? anthropicLimitHeaders(error.limits, context.startedAt) : {}),
      ...errorHeaders(error),
    },
    bytes: encodeJson(errorBody(dialect, error, context.requestId)),
  });

/** The body of what is answered without a model. */
const lookUp = (
  environment: CompletionEnvironment,
  args: {
    context: RequestContext;
    caller: GatewayCaller;
    dialect: Dialect;
    route: Exclude<GatewayRoute, { kind: "call" | "get-video-content" }>;
  },
): Promise<object> => {
  const { context, caller, dialect, route } = args;
  const { models, responses } = environment.ports;
  switch (route.kind) {
    case "list-models":
      return listModels(models, caller, dialect);
    case "get-model":
      return getModel(models, caller, { id: route.model, dialect });
    case "get-response":
      return getStored(responses, caller.accountId, route.id);
    case "delete-response":
      return deleteStored(responses, caller.accountId, route.id);
    case "list-response-input":
      return listStoredInput(responses, caller.accountId, route.id);
    case "get-video":
      return lookAtVideo(environment, { context, caller, id: route.id });
    case "delete-video":
      return deleteVideo(environment, { context, caller, id: route.id });
  }
};

const answer = async (
  environment: CompletionEnvironment,
  incoming: { context: RequestContext; request: GatewayRequest; reply: GatewayReply; dialect: Dialect },
): Promise<void> => {
  const { admission } = environment.ports;
  const { context, request, reply, dialect } = incoming;
  const route = matchRoute(request.method, request.url);
  context.seen.route = routeName(request.method, route);
  const admitted = admit({ admission, request, scope: route.scope, context });
  const caller = admitted instanceof Promise ? await admitted : admitted;
  if (route.kind === "call") return answerCall(environment, { ...incoming, caller }, route.endpoint);
  if (route.kind === "get-video-content") {
    return sendVideoContent(environment, { context, caller, id: route.id }, { request, reply });
  }
  const body = await lookUp(environment, { context, caller, dialect, route });
  sendBytes(reply, { status: 200, headers: answerHeaders(context), bytes: encodeJson(body) });
};

/** Builds the steps of a request around the ports and a transport to the providers. */
export const createPipeline = (environment: CompletionEnvironment): Pipeline => {
  const { ports } = environment;
  const logFault = ({ requestId, seen }: RequestContext, error: GatewayError): void => {
    seen.error = error;
    if (error.status === 500) ports.log.error({ requestId, err: error.cause ?? error }, "gateway request failed");
  };
  return {
    async handle(request, reply) {
      const context = newRequestContext(ports, request);
      context.seen.traceparent = request.header("traceparent") ?? null;
      const dialect = dialectOfRequest(request);
      // Anthropic's SDKs look for the id under its own name.
      if (dialect === "anthropic") context.headers["request-id"] = context.requestId;
      try {
        await answer(environment, { context, request, reply, dialect });
      } catch (thrown) {
        if (request.signal.aborted) reply.breakOff();
        else {
          const error = toGatewayError(thrown);
          logFault(context, error);
          sendError({ reply, context, dialect }, error);
        }
      }
      observe(ports, context);
    },
    async inProcess(question) {
      const context = newRequestContext(ports, { signal: question.signal });
      context.seen.route = "in process";
      try {
        return await answerInProcess(environment, { ...question, context }, logFault);
      } finally {
        observe(ports, context);
      }
    },
  };
};
