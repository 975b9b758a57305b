import type { GenerateRequest, GenerateResponse, LlmProvider } from "@llm-tuner/contract/llm.ts";
import { OpenAiError } from "@llm-tuner/contract/errors.ts";
import { inputTokensOf, outputTokensOf } from "@llm-tuner/gateway/meter/usage.ts";
import type { InProcessAnswer } from "@llm-tuner/gateway/in-process.ts";
import type { GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import { z } from "zod";
import type { Caller } from "../../platform/http/caller.ts";
import type { ServerSentEvent } from "../../platform/http/event-stream.ts";
import type { PricesNow } from "../../usage/usage.module.ts";
import type { KnownProviders } from "../known-providers.ts";
import type { AskGateway, TunedModels } from "../ports.ts";
import { refusedByGateway } from "../providers.errors.ts";
import { type AnswerStream, createAnswerStream } from "./answer-stream.ts";
import { listProviders } from "./providers-list.ts";

export interface LlmUsecases {
  providers: (caller: Caller) => Promise<LlmProvider[]>;
  generate: (input: GenerateInput) => Promise<GenerateResponse>;
  /** Resolves when the answer begins; what is wrong before is thrown. */
  generateStream: (input: GenerateInput) => Promise<AsyncIterable<ServerSentEvent>>;
}

interface GenerateInput {
  caller: Caller;
  request: GenerateRequest;
  requestId: string;
  signal: AbortSignal;
}

export interface LlmDependencies {
  known: Pick<KnownProviders, "ensure" | "directory">;
  tuned: Pick<TunedModels, "table">;
  pricesNow: PricesNow;
  askGateway: AskGateway;
}

/** What of a chat completion is shown. */
const ChatAnswer = z.object({
  model: z.string(),
  choices: z.tuple(
    [z.object({ message: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() })],
    z.unknown(),
  ),
});

const nanoUsdPerUsd = 1e9;

const gatewayCaller = ({ userId, apiKeyId, scopes, tier, bounds, notices }: Caller): GatewayCaller => ({
  accountId: userId,
  keyId: apiKeyId,
  scopes,
  tier,
  bounds,
  headers: notices,
});

/** The question in the words of the gateway. */
function questionOf(request: GenerateRequest): Record<string, unknown> {
  const { provider, model, prompt, messages, temperature } = request;
  const maxTokens = request.max_tokens ?? request.maxTokens;
  return {
    model: provider === undefined ? model : `${provider}/${model}`,
    messages: messages ?? [{ role: "user", content: prompt }],
    ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

const billOf = ({ usage, costNanoUsd }: InProcessAnswer): GenerateResponse["usage"] => ({
  input_tokens: inputTokensOf(usage.counts),
  output_tokens: outputTokensOf(usage.counts),
  cost_usd: costNanoUsd === null ? null : costNanoUsd / nanoUsdPerUsd,
});

/** Pieces of text, and at last the whole answer with its bill, or what went wrong on the way. */
async function* eventsOf(
  stream: AnswerStream,
  answer: Promise<InProcessAnswer>,
  requestId: string,
): AsyncGenerator<ServerSentEvent> {
  let content = "";
  for await (const piece of stream.pieces()) {
    content += piece;
    yield { event: "delta", data: { content: piece } };
  }
  const done = await answer;
  const { model, finishReason, error } = stream.result();
  if (error !== undefined) {
    const { code, message } = error.error;
    yield { event: "error", data: { error: { code: code ?? "gateway_error", message, request_id: requestId } } };
    return;
  }
  const data: GenerateResponse = {
    id: done.requestId,
    provider: done.provider ?? "",
    model,
    content,
    finish_reason: finishReason,
    usage: billOf(done),
    latency_ms: done.latencyMs,
  };
  yield { event: "done", data };
}

/** The platform's own few words for asking a model. Everything is decided and metered by the gateway. */
export function createLlmUsecases({ known, tuned, pricesNow, askGateway }: LlmDependencies): LlmUsecases {
  return {
    async providers(caller) {
      const pending = known.ensure();
      if (pending !== undefined) await pending;
      const directory = known.directory();
      return listProviders({ directory, tuned: tuned.table, caller: gatewayCaller(caller), pricesNow });
    },

    async generate({ caller, request, signal }) {
      const answer = await askGateway.chat(gatewayCaller(caller), questionOf(request), signal);
      const { requestId, status, body, provider, latencyMs } = answer;
      if (status !== 200) throw refusedByGateway(answer, OpenAiError.parse(body));
      const { model, choices } = ChatAnswer.parse(body);
      const [{ message, finish_reason }] = choices;
      return {
        id: requestId,
        provider: provider ?? "",
        model,
        content: message.content ?? "",
        finish_reason: finish_reason ?? null,
        usage: billOf(answer),
        latency_ms: latencyMs,
      };
    },

    async generateStream({ caller, request, requestId, signal }) {
      const stream = createAnswerStream();
      const answer = askGateway.chatStream(gatewayCaller(caller), questionOf(request), stream.reply, signal);
      // It rejects when the client has gone; nobody reads on then.
      answer.catch(() => undefined).finally(stream.end);
      const refused = await Promise.race([stream.begun, answer]);
      if (refused !== undefined && refused.status !== 200) {
        throw refusedByGateway(refused, OpenAiError.parse(refused.body));
      }
      return eventsOf(stream, answer, requestId);
    },
  };
}
