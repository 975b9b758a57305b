import type { AttemptResult } from "./attempt.ts";
import { isBeforeAnyWork } from "./choose/may-go-on.ts";
import { GatewayError, internalError } from "./errors.ts";
import { decodeJsonObject, encodeJson } from "./json.ts";
import { nothingUsed } from "./meter/usage.ts";
import type { GatewayCaller, GatewayPorts, ModelRoute, VideoJob } from "./ports.ts";
import type { Call } from "./receive/call.ts";
import type { RequestContext } from "./request-context.ts";

interface OrderedVideo {
  context: Pick<RequestContext, "requestId" | "startedAt">;
  caller: GatewayCaller;
  call: Call;
  route: ModelRoute;
  result: AttemptResult;
}

/** An SDK that repeats an order by itself would pay for two films. */
const notToBeRepeated = (error: GatewayError): GatewayError =>
  new GatewayError({
    status: error.status,
    code: error.code,
    type: error.type,
    message: error.message,
    param: error.param ?? undefined,
    retryable: false,
    cause: error.cause,
  });

const jobOf = ({ context, caller, call, route }: OrderedVideo, answer: Uint8Array, upstreamId: string): VideoJob => {
  const id = `video_${crypto.randomUUID().replaceAll("-", "")}`;
  return {
    id,
    accountId: caller.accountId,
    requestId: context.requestId,
    deployment: route.deployment,
    provider: route.provider,
    upstreamId,
    model: call.model,
    video: { ...decodeJsonObject(answer), id, model: call.model },
    createdAt: context.startedAt,
  };
};

/**
 * Remembers a film that a provider took the order for, and answers with the caller's own names. What cannot be remembered
 * could not be fetched: then the order has failed and costs its caller nothing.
 */
export const keepVideo = async (
  { videos, log }: Pick<GatewayPorts, "videos" | "log">,
  ordered: OrderedVideo,
): Promise<AttemptResult> => {
  const { context, result } = ordered;
  const { answer, error, facts } = result;
  if (error !== undefined && !isBeforeAnyWork(error)) return { ...result, error: notToBeRepeated(error) };
  if (answer === undefined || facts.upstreamId === null) return result;
  const job = jobOf(ordered, answer.bytes, facts.upstreamId);
  try {
    await videos?.save(job);
  } catch (cause) {
    const { requestId } = context;
    log.error({ requestId, upstreamId: facts.upstreamId, err: cause }, "a video that was ordered cannot be remembered");
    const failed = { outcome: "failed", usage: nothingUsed, answer: undefined } as const;
    return { ...result, ...failed, error: notToBeRepeated(internalError(cause)) };
  }
  return { ...result, answer: { ...answer, bytes: encodeJson(job.video) } };
};
