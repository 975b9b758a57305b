import type { TryOutAnswer, TryOutRequest, TryOutResponse } from "@llm-tuner/contract/models.ts";
import { CompletionUsage } from "@llm-tuner/contract/ecosystem.ts";
import { OpenAiError } from "@llm-tuner/contract/errors.ts";
import type { GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import { z } from "zod";
import type { ModelsModule } from "../models/models.module.ts";
import type { Caller } from "../platform/http/caller.ts";
import { refusedByGateway } from "./endpoints.errors.ts";
import type { AskGateway } from "./ports.ts";
import type { ServingManager } from "./serving-manager.ts";
import type { ServingTarget } from "./serving-process.ts";
import type { ServingTargets } from "./serving-targets.ts";
import type { TryOuts } from "./try-outs.ts";

export interface TryOutUsecasesDependencies {
  models: Pick<ModelsModule, "getOwned">;
  serving: ServingManager;
  targets: ServingTargets;
  tryOuts: TryOuts;
  askGateway: AskGateway;
}

export interface TryOutInput {
  caller: Caller;
  modelId: string;
  request: z.infer<typeof TryOutRequest>;
  signal: AbortSignal;
}

/** What the platform's own worker answers, as far as it is shown. */
const ChatAnswer = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }), finish_reason: z.string() })]),
  usage: CompletionUsage,
});

const gatewayCaller = ({ userId, apiKeyId, scopes, tier, bounds, notices }: Caller): GatewayCaller => ({
  accountId: userId,
  keyId: apiKeyId,
  scopes,
  tier,
  bounds,
  headers: notices,
});

/**
 * Asks a tuned model and, beside it, its base model. The owner may do so before the model is deployed and whatever its
 * parity verdict is: to look at a model is how one decides what to do with it. The gateway meters the questions.
 */
export class TryOutUsecases {
  readonly #dependencies: TryOutUsecasesDependencies;

  constructor(dependencies: TryOutUsecasesDependencies) {
    this.#dependencies = dependencies;
  }

  async ask({ caller, modelId, request, signal }: TryOutInput): Promise<z.infer<typeof TryOutResponse>> {
    const { models, targets } = this.#dependencies;
    const model = await models.getOwned(caller.userId, modelId);
    const { target } = await targets.tuned(model);
    // One after the other: side by side they would share the processors, and neither latency would be its own.
    const tuned = await this.#askOne({ caller, target, request, signal });
    const base = request.compare_with_base
      ? await this.#askOne({ caller, target: targets.baseOf(model), request, signal })
      : null;
    return { tuned, base };
  }

  async #askOne({
    caller,
    target,
    request,
    signal,
  }: Omit<TryOutInput, "modelId"> & { target: ServingTarget }): Promise<z.infer<typeof TryOutAnswer>> {
    const { serving, tryOuts, askGateway } = this.#dependencies;
    // Held over the question, so that the latency is that of the answer and not of loading the model.
    const lease = await serving.acquire(target, signal);
    const endTryOut = tryOuts.begin(caller.userId, target);
    try {
      const question = {
        model: target.model,
        messages: [{ role: "user", content: request.prompt }],
        max_tokens: request.max_tokens,
        temperature: request.temperature,
      };
      const { status, body, costNanoUsd, latencyMs } = await askGateway(gatewayCaller(caller), question, signal);
      if (status !== 200) throw refusedByGateway(status, OpenAiError.parse(body));
      const { choices, usage } = ChatAnswer.parse(body);
      return {
        model: target.model,
        content: choices[0].message.content,
        finish_reason: choices[0].finish_reason,
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: usage.completion_tokens,
        latency_ms: latencyMs,
        cost_nano_usd: costNanoUsd ?? 0,
      };
    } finally {
      endTryOut();
      lease.release();
    }
  }
}
