import { chooseRoute } from "./choose/choose.ts";
import { toGatewayError } from "./errors.ts";
import { reserve } from "./meter/ticket.ts";
import { nothingUsed } from "./meter/usage.ts";
import type { GatewayOptions } from "./options.ts";
import type { GatewayCaller, GatewayPorts, ModelLease, ModelRoute } from "./ports.ts";
import { askOnce } from "./providers/ask-once.ts";
import type { ExchangeResult } from "./providers/exchange.ts";
import { openAiCompatible } from "./providers/openai-compatible/provider.ts";
import type { Provider } from "./providers/provider.ts";
import { relayStream } from "./providers/relay-stream.ts";
import type { Transport } from "./providers/upstream.ts";
import { type CompletionCall, withOutputBound } from "./receive/completion-call.ts";
import type { GatewayReply } from "./receive/exchange.ts";
import { answerHeaders, type RequestContext } from "./request-context.ts";

const providers: Record<ModelRoute["adapter"], Provider> = { "openai-compatible": openAiCompatible };

export interface CompletionEnvironment {
  ports: GatewayPorts;
  transport: Transport;
  options: GatewayOptions;
}

export interface CompletionArgs {
  context: RequestContext;
  caller: GatewayCaller;
  call: CompletionCall;
  /** Receives the answer when the call asks for a stream. */
  reply: GatewayReply | undefined;
}

export interface Completion extends ExchangeResult {
  /** The answer when it was not streamed. */
  bytes: Uint8Array | undefined;
  /** Whether a streamed answer has begun. */
  committed: boolean;
  costNanoUsd: number | null;
}

type Unsettled = Omit<Completion, "costNanoUsd">;

/**
 * One generated answer, from the choice of the model to the settlement. Throws when nothing was reserved yet; from then
 * on every end is a settled result.
 */
export const complete = async (environment: CompletionEnvironment, args: CompletionArgs): Promise<Completion> => {
  const { ports } = environment;
  const { context, caller, call } = args;
  const route = await chooseRoute(ports.models, caller, call.model);
  context.headers["x-gateway-provider"] = route.provider;
  const ticket = await reserve({ ports, context, caller, call, route });
  let firstByteMs: number | null = null;
  const onFirstByte = (): void => {
    firstByteMs = Math.round(context.timer.elapsedMs());
    if (call.stream) context.timer.stopWaiting();
  };
  const bounded = withOutputBound(call, ticket.maxOutputTokens);
  const result = await exchangeWithLease(environment, { ...args, call: bounded, route, onFirstByte });
  context.timer.stopWaiting();
  const { costNanoUsd } = await ticket.settle(result, firstByteMs);
  report(ports, { ...args, route, result, costNanoUsd });
  return { ...result, costNanoUsd };
};

interface RoutedArgs extends CompletionArgs {
  route: ModelRoute;
  onFirstByte(): void;
}

/** Holds a running server for the time of the exchange. */
const exchangeWithLease = async (environment: CompletionEnvironment, args: RoutedArgs): Promise<Unsettled> => {
  const { signal, timer } = args.context;
  let lease: ModelLease | undefined;
  try {
    lease = await timer.waitFor(args.route.acquire(signal));
    return await exchange(environment, args, lease);
  } catch (thrown) {
    const ended = { usage: nothingUsed, bytes: undefined, committed: false };
    if (signal.aborted) return { ...ended, outcome: "aborted", error: undefined };
    return { ...ended, outcome: "failed", error: toGatewayError(thrown) };
  } finally {
    lease?.release();
  }
};

const exchange = async (
  { transport, options }: CompletionEnvironment,
  { context, call, reply, route, onFirstByte }: RoutedArgs,
  lease: ModelLease,
): Promise<Unsettled> => {
  const provider = providers[route.adapter];
  const { requestId, signal, timer } = context;
  const request = provider.buildRequest({ call, route, lease, requestId });
  timer.startWaiting();
  const args = { transport, provider, request, call, options, signal, onFirstByte };
  if (reply === undefined) return { ...(await askOnce(args)), committed: false };
  const headers = (): Record<string, string> => ({
    ...answerHeaders(context),
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
  });
  return { ...(await relayStream({ ...args, reply, headers })), bytes: undefined };
};

/** One line of the log: a fault of the gateway itself is an error, one of a provider a warning. */
const report = (
  { log }: GatewayPorts,
  args: CompletionArgs & { route: ModelRoute; result: Unsettled; costNanoUsd: number | null },
): void => {
  const { context, caller, call, route, result, costNanoUsd } = args;
  const { outcome, usage, error } = result;
  const fields = {
    requestId: context.requestId,
    accountId: caller.accountId,
    model: call.model,
    provider: route.provider,
    outcome,
    ...usage,
    costNanoUsd,
    latencyMs: Math.round(context.timer.elapsedMs()),
  };
  if (error === undefined) return log.debug(fields, "gateway request");
  const failed = { ...fields, status: error.status, code: error.code, err: error.cause ?? error.message };
  if (error.status === 500) log.error(failed, "gateway request failed");
  else log.warn(failed, "gateway request failed");
};
