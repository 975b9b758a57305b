import { attempt, type AttemptEnvironment, type AttemptResult } from "./attempt.ts";
import { choosePlan } from "./choose/choose.ts";
import type { Cooldown } from "./choose/cooldown.ts";
import { retryScopeOf } from "./choose/may-go-on.ts";
import { orderRoutes } from "./choose/order-routes.ts";
import { keepVideo } from "./keep-video.ts";
import { reserve } from "./meter/ticket.ts";
import type { Attempt, GatewayCaller, GatewayPorts, ModelRoute } from "./ports.ts";
import type { Call } from "./receive/call.ts";
import type { GatewayReply } from "./receive/exchange.ts";
import { withOutputBound } from "./receive/read-call.ts";
import type { RequestContext } from "./request-context.ts";

export interface CompletionEnvironment extends AttemptEnvironment {
  ports: GatewayPorts;
  cooldown: Cooldown;
  /** From 0 to below 1. */
  random: () => number;
}

export interface CompletionArgs {
  context: RequestContext;
  caller: GatewayCaller;
  call: Call;
  /** Receives the answer when the call asks for a stream. */
  reply: GatewayReply | undefined;
}

export interface Completion extends AttemptResult {
  costNanoUsd: number | null;
}

/** All that was tried for one request, and how the last of it ended. */
interface Tried {
  result: AttemptResult;
  route: ModelRoute;
  attempts: readonly Attempt[];
}

/**
 * One answer, from the choice of the model to the settlement. Throws when nothing was reserved yet; from then on every
 * end is a settled result.
 */
export const complete = async (environment: CompletionEnvironment, args: CompletionArgs): Promise<Completion> => {
  const { ports } = environment;
  const { context, caller, call } = args;
  const plan = choosePlan(ports.models, caller, call.model);
  const routes = orderRoutes(plan instanceof Promise ? await plan : plan, environment);
  const ticket = await reserve({ ports, context, caller, call, routes });
  let firstByteMs: number | null = null;
  const onFirstByte = (): void => {
    firstByteMs = Math.round(context.timer.elapsedMs());
    if (call.stream) context.timer.stopWaiting();
  };
  const bounded = withOutputBound(call, ticket.maxOutputTokens);
  const tried = await tryRoutes(environment, { ...args, call: bounded, routes, onFirstByte });
  const { route, attempts } = tried;
  const result = call.endpoint === "videos" ? await keepVideo(ports, { ...args, ...tried }) : tried.result;
  context.timer.stopWaiting();
  const { outcome, usage, facts, disconnect, error } = result;
  const { costNanoUsd } = await ticket.settle({
    route,
    attempts,
    outcome,
    usage,
    disconnect,
    serviceTier: facts.serviceTier,
    upstreamId: facts.upstreamId,
    firstByteMs,
    errorCode: error?.code ?? null,
  });
  report(ports, { ...args, route, result, costNanoUsd });
  context.seen.error = error ?? null;
  context.seen.answered = {
    operation: call.endpoint,
    stream: call.stream,
    model: call.model,
    provider: route.provider,
    upstreamModel: route.upstreamModel,
    responseModel: facts.upstreamModel,
    upstreamId: facts.upstreamId,
    maxOutputTokens: bounded.maxOutputTokens,
    outcome,
    disconnect,
    usage: usage.counts,
    costNanoUsd,
    attempts,
    firstByteMs,
  };
  return { ...result, costNanoUsd };
};

/** One way after the other, until one answers or nobody may be asked any more. */
const tryRoutes = async (
  environment: CompletionEnvironment,
  args: CompletionArgs & { routes: readonly ModelRoute[]; onFirstByte: () => void },
): Promise<Tried> => {
  const { options, cooldown } = environment;
  const { context, call, routes } = args;
  const attempts: Attempt[] = [];
  const remaining = [...routes];
  for (;;) {
    const [route] = remaining;
    if (route === undefined) throw new Error("a plan without a route");
    context.headers["x-gateway-provider"] = route.provider;
    const startedMs = context.timer.elapsedMs();
    const result = await attempt(environment, { ...args, route });
    attempts.push({
      deployment: route.deployment,
      provider: route.provider,
      priceModel: route.priceModel,
      upstreamModel: route.upstreamModel,
      outcome: result.outcome,
      errorCode: result.error?.code ?? null,
      latencyMs: Math.round(context.timer.elapsedMs() - startedMs),
    });
    if (attempts.length > 1) context.headers["x-gateway-attempts"] = String(attempts.length);
    const tried = { result, route, attempts };
    if (result.outcome !== "failed" || result.error === undefined) {
      if (result.outcome === "completed") cooldown.succeeded(route.deployment);
      return tried;
    }
    const { error, committed } = result;
    const scope = retryScopeOf(call.endpoint, error, result.begun);
    if (scope !== "none") cooldown.failed(route.deployment, error.retryAfterSeconds);
    // After a byte has reached the client nothing may be asked again.
    if (committed || scope === "none" || attempts.length >= options.maxAttempts) return tried;
    if (remaining.length > 1) remaining.shift();
    else if (scope === "other" || attempts.at(-2)?.deployment === route.deployment) return tried;
  }
};

/** One line of the log: a fault of the gateway itself is an error, one of a provider a warning. */
const report = (
  { log }: GatewayPorts,
  args: CompletionArgs & { route: ModelRoute; result: AttemptResult; costNanoUsd: number | null },
): void => {
  const { context, caller, call, route, result, costNanoUsd } = args;
  const { outcome, usage, error } = result;
  const fields = {
    requestId: context.requestId,
    accountId: caller.accountId,
    model: call.model,
    provider: route.provider,
    outcome,
    usage: usage.counts,
    usageSource: usage.source,
    costNanoUsd,
    latencyMs: Math.round(context.timer.elapsedMs()),
  };
  if (error === undefined) return log.debug(fields, "gateway request");
  const failed = { ...fields, status: error.status, code: error.code, err: error.cause ?? error.message };
  if (error.status === 500) log.error(failed, "gateway request failed");
  else log.warn(failed, "gateway request failed");
};
