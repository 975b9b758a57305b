import { isLasting } from "./choose/may-go-on.ts";
import { noFacts } from "./conversation/answer.ts";
import { TranslationNotes } from "./conversation/notes.ts";
import type { ReasoningMemory } from "./conversation/reasoning-memory.ts";
import { toGatewayError } from "./errors.ts";
import { encodeJson } from "./json.ts";
import { inlineMedia } from "./inline-media.ts";
import { noUsage, nothingUsed, type MeasuredUsage } from "./meter/usage.ts";
import type { GatewayOptions } from "./options.ts";
import type { FetchMedia, GatewayCaller, ModelLease, ModelRoute } from "./ports.ts";
import { askOnce } from "./providers/ask-once.ts";
import type { Drain, ExchangeResult } from "./providers/exchange.ts";
import { withLeaseHeaders } from "./providers/lease-headers.ts";
import type { ProviderRequest, TranslatedAnswer } from "./providers/provider.ts";
import { relayStream } from "./providers/relay-stream.ts";
import type { Transport, UpstreamRequest } from "./providers/upstream.ts";
import type { Call } from "./receive/call.ts";
import type { GatewayReply } from "./receive/exchange.ts";
import { estimateCount } from "./receive/messages/estimate-count.ts";
import { answerHeaders, type RequestContext } from "./request-context.ts";
import { providerOf, translationOf } from "./translate.ts";

/** Answers that are read on for the bill after their clients have gone. */
export class Drains {
  readonly #options: Pick<GatewayOptions, "maxDrains" | "drainTimeoutMs">;
  #open = 0;

  constructor(options: Pick<GatewayOptions, "maxDrains" | "drainTimeoutMs">) {
    this.#options = options;
  }

  /** Undefined when as many as may are being read already. */
  begin(): Drain | undefined {
    if (this.#open >= this.#options.maxDrains) return undefined;
    this.#open += 1;
    return { timeoutMs: this.#options.drainTimeoutMs, end: () => void (this.#open -= 1) };
  }
}

export interface AttemptEnvironment {
  transport: Transport;
  options: GatewayOptions;
  drains: Drains;
  reasoning: ReasoningMemory;
  fetchMedia: FetchMedia | undefined;
}

export interface AttemptArgs {
  context: RequestContext;
  caller: GatewayCaller;
  call: Call;
  /** Receives the answer when the call asks for a stream. */
  reply: GatewayReply | undefined;
  route: ModelRoute;
  onFirstByte(): void;
}

export interface AttemptResult extends ExchangeResult {
  /** The answer of a `completed` call that was not streamed. */
  answer: TranslatedAnswer | undefined;
  /** Whether a streamed answer has begun. */
  committed: boolean;
  /** The last bytes of a `completed` stream. */
  closing: Uint8Array | undefined;
}

const ended = {
  usage: nothingUsed,
  facts: noFacts,
  answer: undefined,
  committed: false,
  closing: undefined,
  disconnect: null,
  begun: false,
} as const;

const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};

const warningHeaders = (notes: TranslationNotes): Record<string, string> => {
  const warnings = notes.header();
  return warnings === undefined ? {} : { "x-gateway-warnings": warnings };
};

/** What the gateway answers by itself, without a running server: a count of tokens that the provider cannot give. */
const answerAlone = ({ context, call, route }: AttemptArgs): AttemptResult | undefined => {
  if (call.endpoint !== "messages/count_tokens") return undefined;
  if (providerOf(route.adapter).operations[call.endpoint] !== undefined) return undefined;
  const notes = new TranslationNotes({ strict: call.strict });
  const bytes = encodeJson(estimateCount(call, notes));
  Object.assign(context.headers, warningHeaders(notes));
  const usage: MeasuredUsage = { counts: noUsage, source: "reported" };
  return { ...ended, outcome: "completed", error: undefined, usage, answer: { bytes, usage, facts: noFacts } };
};

/** One exchange with one provider, which holds a running server for its time. It never rejects. */
export const attempt = async (environment: AttemptEnvironment, args: AttemptArgs): Promise<AttemptResult> => {
  const { signal, timer } = args.context;
  let lease: ModelLease | undefined;
  try {
    const alone = answerAlone(args);
    if (alone !== undefined) return alone;
    const acquired = timer.waitFor(args.route.acquire(signal));
    lease = acquired instanceof Promise ? await acquired : acquired;
    return await exchange(environment, args, lease);
  } catch (thrown) {
    if (signal.aborted) return { ...ended, outcome: "aborted", error: undefined, disconnect: "abort" };
    return { ...ended, outcome: "failed", error: toGatewayError(thrown) };
  } finally {
    lease?.release();
  }
};

/** A request of a provider's format as it goes to the server of the lease, with its key. */
export const upstreamRequest = (
  { origin, headers }: ModelLease,
  request: ProviderRequest,
  { stream, timeouts }: { stream: boolean; timeouts: { firstByteTimeoutMs: number; idleTimeoutMs: number } },
): UpstreamRequest => ({
  origin,
  method: request.method,
  path: (origin.pathname === "/" ? "" : origin.pathname) + request.path,
  headers: withLeaseHeaders(request.headers, headers),
  body: request.body,
  headersTimeoutMs: timeouts.firstByteTimeoutMs,
  // A whole answer may be silent for as long as it takes to be made.
  idleTimeoutMs: stream ? timeouts.idleTimeoutMs : Math.max(timeouts.idleTimeoutMs, timeouts.firstByteTimeoutMs),
});

const exchange = async (
  { transport, options, drains, reasoning, fetchMedia }: AttemptEnvironment,
  { context, caller, call, reply, route, onFirstByte }: AttemptArgs,
  lease: ModelLease,
): Promise<AttemptResult> => {
  const provider = providerOf(route.adapter);
  const { requestId, startedAt, signal, timer } = context;
  const notes = new TranslationNotes({ strict: call.strict });
  const media = inlineMedia({ provider, call, fetchMedia, signal });
  const translation = translationOf(provider, {
    call,
    route,
    requestId,
    createdAt: startedAt,
    notes,
    memory: reasoning.of(caller.accountId),
    media: media instanceof Promise ? await timer.waitFor(media) : media,
    maxEventBytes: options.maxEventBytes,
  });
  const timeouts = { ...options, ...route.timeouts };
  // A film is ordered however soon its client leaves, and would otherwise be lost and paid for by nobody.
  const policy = isLasting(call.endpoint) ? "drain" : route.onDisconnect[call.stream ? "stream" : "whole"];
  const args = {
    transport,
    provider,
    translation,
    request: upstreamRequest(lease, translation.request, { stream: call.stream, timeouts }),
    options,
    firstByteTimeoutMs: timeouts.firstByteTimeoutMs,
    totalTimeoutMs: timeouts.totalTimeoutMs,
    signal,
    drain: () => (policy === "drain" ? drains.begin() : undefined),
    onFirstByte,
  };
  timer.startWaiting();
  if (reply !== undefined) {
    const headers = () => ({ ...answerHeaders(context), ...warningHeaders(notes), ...streamHeaders });
    return { ...(await relayStream({ ...args, reply, headers })), answer: undefined };
  }
  const whole = await askOnce(args);
  // What was lost on the way back is known only now.
  Object.assign(context.headers, warningHeaders(notes));
  return { ...whole, committed: false, closing: undefined };
};
