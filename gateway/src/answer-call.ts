import { complete, type Completion, type CompletionEnvironment } from "./complete.ts";
import { unsupportedEncoding } from "./errors.ts";
import type { GatewayCaller } from "./ports.ts";
import type { Call, Endpoint } from "./receive/call.ts";
import type { GatewayReply, GatewayRequest } from "./receive/exchange.ts";
import { readCall, readFormOf } from "./receive/read-call.ts";
import { continueStored, isToBeStored, storeResponse } from "./receive/responses/stored.ts";
import { noVideosHere } from "./receive/videos/errors.ts";
import { sendBytes } from "./receive/send-bytes.ts";
import { answerHeaders, type RequestContext } from "./request-context.ts";

/** A request whose caller is admitted. */
export interface Incoming {
  context: RequestContext;
  request: GatewayRequest;
  reply: GatewayReply;
  caller: GatewayCaller;
}

const readBodyOf = async (
  { options }: CompletionEnvironment,
  { context, request }: Pick<Incoming, "context" | "request">,
): Promise<Uint8Array> => {
  const encoding = request.header("content-encoding");
  if (encoding !== undefined && encoding !== "identity") throw unsupportedEncoding(encoding);
  return context.timer.waitFor(request.readBody(options.maxRequestBytes));
};

/** Answers a request to a model, whole or as a stream. Throws what is to be answered as an error. */
export const answerCall = async (
  environment: CompletionEnvironment,
  incoming: Incoming,
  endpoint: Endpoint,
): Promise<void> => {
  const { context, request, reply, caller } = incoming;
  if (endpoint === "videos" && environment.ports.videos === undefined) throw noVideosHere();
  const bytes = await readBodyOf(environment, incoming);
  const maxDepth = environment.options.maxRequestDepth;
  const header = (name: string): string | undefined => request.header(name);
  // What most requests have no need of is not waited for: each turn costs as much as a step of the work.
  const reading = readFormOf(endpoint, { bytes, header });
  const form = reading === undefined ? undefined : await reading;
  const asked = readCall({ endpoint, bytes, form, maxDepth, bounds: caller.bounds, header });
  const stored = { store: environment.ports.responses, accountId: caller.accountId };
  const call = endpoint === "responses" ? await continueStored(asked, stored) : asked;
  const done = await complete(environment, { context, caller, call, reply: call.stream ? reply : undefined });
  if (isToBeStored(call)) await keepResponse(environment, { context, caller, call, done });
  return finish(incoming, done);
};

/** An answer is not withheld because it could not be kept: it is paid for. */
const keepResponse = async (
  { ports: { responses: store, log } }: CompletionEnvironment,
  args: { context: RequestContext; caller: GatewayCaller; call: Call; done: Completion },
): Promise<void> => {
  const { context, caller, call, done } = args;
  const bytes = done.answer?.bytes ?? done.closing;
  if (store === undefined || bytes === undefined || done.outcome !== "completed") return;
  try {
    await storeResponse(call, bytes, { store, accountId: caller.accountId, createdAt: context.startedAt });
  } catch (error) {
    log.error({ requestId: context.requestId, err: error }, "a response could not be stored");
    context.headers["x-gateway-warnings"] = "store: the response could not be stored";
  }
};

/** The end of an answer is told after its settlement: who asks for the bill then finds this request on it. */
const finish = ({ context, reply }: Incoming, done: Completion): void => {
  if (done.outcome === "aborted") return reply.breakOff();
  if (done.committed) return reply.end(done.closing);
  if (done.error !== undefined) throw done.error;
  if (done.answer === undefined) return reply.breakOff();
  const { bytes, contentType } = done.answer;
  if (done.costNanoUsd !== null) context.headers["x-gateway-cost-nano-usd"] = String(done.costNanoUsd);
  sendBytes(reply, { status: 200, headers: answerHeaders(context), bytes, contentType });
};
