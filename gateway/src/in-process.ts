import { complete, type CompletionEnvironment } from "./complete.ts";
import { invalidRequest, toGatewayError, type GatewayError } from "./errors.ts";
import { decodeJsonObject, encodeJson, isJsonObject } from "./json.ts";
import { type MeasuredUsage, nothingUsed } from "./meter/usage.ts";
import type { GatewayCaller } from "./ports.ts";
import type { GatewayReply } from "./receive/exchange.ts";
import { openAiErrorBody } from "./receive/openai-errors.ts";
import { readCall } from "./receive/read-call.ts";
import type { RequestContext } from "./request-context.ts";

/** An answer to somebody within the process. */
export interface InProcessAnswer {
  requestId: string;
  /** As it would be over HTTP; 200 also for a stream that broke off after its beginning. */
  status: number;
  /** A chat completion for status 200, null when it was streamed, otherwise an error of the OpenAI dialect. */
  body: unknown;
  /** Who answered, or was asked last; null when nobody was asked. */
  provider: string | null;
  /** As it was metered. */
  usage: MeasuredUsage;
  /** Integer nano-USD; null when the model has no price or nothing was answered. What failed on its way may cost too. */
  costNanoUsd: number | null;
  latencyMs: number;
  /** What `body` says, with what else is known of it, such as when to try again; null for status 200. */
  error: GatewayError | null;
  /** Of an error, when to try again; null where that is not known, or nothing went wrong. */
  retryAfterSeconds: number | null;
}

export interface InProcessQuestion {
  caller: GatewayCaller;
  /** A `ChatCompletionRequest`. */
  body: unknown;
  /** Takes the events of the answer as they come; undefined for a whole answer. */
  reply: GatewayReply | undefined;
  signal: AbortSignal;
}

type Answered = Omit<InProcessAnswer, "requestId" | "provider" | "latencyMs">;

const answered = (body: unknown, bill: Pick<Answered, "usage" | "costNanoUsd">): Answered => ({
  ...bill,
  status: 200,
  body,
  error: null,
  retryAfterSeconds: null,
});

const refused = (error: GatewayError, bill: Pick<Answered, "usage" | "costNanoUsd">): Answered => ({
  ...bill,
  status: error.status,
  body: openAiErrorBody(error),
  error,
  retryAfterSeconds: error.retryAfterSeconds ?? null,
});

/** A chat completion request from within the process, which has no headers. */
const readChat = ({ options }: CompletionEnvironment, { caller, body, reply }: InProcessQuestion) => {
  const stream = reply !== undefined;
  const asked = isJsonObject(body) ? { ...body, ...(stream ? { stream } : {}) } : (body ?? null);
  const call = readCall({
    endpoint: "chat/completions",
    bytes: encodeJson(asked),
    maxDepth: options.maxRequestDepth,
    bounds: caller.bounds,
    header: () => undefined,
  });
  if (call.stream && !stream) throw invalidRequest("This answer is not streamed.", { param: "stream" });
  return call;
};

const answerQuestion = async (
  environment: CompletionEnvironment,
  question: InProcessQuestion,
  context: RequestContext,
): Promise<Answered> => {
  const { caller, reply, signal } = question;
  const call = readChat(environment, question);
  const { answer, committed, closing, error, usage, costNanoUsd } = await complete(environment, {
    context,
    caller,
    call,
    reply,
  });
  const bill = { usage, costNanoUsd };
  if (answer !== undefined) return answered(decodeJsonObject(answer.bytes), bill);
  if (committed && !signal.aborted) {
    reply?.end(closing);
    return answered(null, bill);
  }
  signal.throwIfAborted();
  if (error === undefined) throw new Error("a completion ended without an answer and without an error");
  return refused(error, bill);
};

/** Answers somebody within the process. An error comes as its status and body; rejects only when the signal is aborted. */
export const answerInProcess = async (
  environment: CompletionEnvironment,
  question: InProcessQuestion & { context: RequestContext },
  logFault: (context: RequestContext, error: GatewayError) => void,
): Promise<InProcessAnswer> => {
  const { signal, context } = question;
  const around = () => ({
    requestId: context.requestId,
    provider: context.headers["x-gateway-provider"] ?? null,
    latencyMs: Math.round(context.timer.elapsedMs()),
  });
  try {
    const result = await answerQuestion(environment, question, context);
    return { ...around(), ...result };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toGatewayError(thrown);
    logFault(context, error);
    return { ...around(), ...refused(error, { usage: nothingUsed, costNanoUsd: null }) };
  }
};
