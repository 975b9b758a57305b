import { modelUnavailable } from "@llm-tuner/gateway/errors.ts";
import type { ListedModel, ModelRoute, ModelTable } from "@llm-tuner/gateway/ports.ts";
import { AppError } from "../platform/errors.ts";
import type { ServingManager } from "./serving-manager.ts";
import type { ServingTarget } from "./serving-process.ts";

/** What is on offer, as the usecases know it. */
export interface Offers {
  /** Models that a user may use, newest first. */
  listOffers(userId: string): Promise<ListedModel[]>;
  /** The model of that name if the user may use it. */
  findOffer(userId: string, model: string): Promise<ServingTarget | undefined>;
}

const providerName = "tuned";

/** The gateway's view of the models that this machine serves. */
export const createModelTable = (offers: Offers, serving: ServingManager): ModelTable => ({
  list: ({ accountId }) => offers.listOffers(accountId),
  async find({ accountId }, model) {
    const target = await offers.findOffer(accountId, model);
    return target === undefined ? undefined : { steps: [[{ route: routeTo(target, serving), weight: 1 }]] };
  },
});

const routeTo = (target: ServingTarget, serving: ServingManager): ModelRoute => ({
  deployment: `tuned/${target.model}`,
  provider: providerName,
  adapter: "openai-compatible",
  upstreamModel: target.model,
  // What a tuned model costs follows from the base model that it was made of.
  priceModel: target.baseModel.name,
  maxOutputTokens: null,
  // An answer that nobody waits for would only keep the machine busy.
  onDisconnect: { whole: "abort", stream: "abort" },
  async acquire(signal) {
    try {
      const { origin, token, release } = await serving.acquire(target, signal);
      return { origin, headers: { authorization: `Bearer ${token}` }, release };
    } catch (error) {
      throw error instanceof AppError ? unavailable(error) : error;
    }
  },
});

const unavailable = (error: AppError) => {
  const retryAfterSeconds = error.details?.retry_after_seconds;
  return modelUnavailable({
    message: error.message,
    cause: error,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
};
