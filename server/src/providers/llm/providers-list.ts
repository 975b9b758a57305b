import type { LlmModel, LlmProvider } from "@llm-tuner/contract/llm.ts";
import type { GatewayCaller, ModelTable } from "@llm-tuner/gateway/ports.ts";
import { isModelAllowed } from "@llm-tuner/gateway/admit/model-patterns.ts";
import type { PricesNow } from "../../usage/usage.module.ts";
import { isUsable } from "../connections/connection.ts";
import type { Directory } from "../directory.ts";
import { isPattern, type Offer } from "../offered/offers.ts";
import { tunedProvider } from "../split-name.ts";

/** How people call the providers; an OpenAI-compatible server has the name that its administrator gave it. */
const providerNames: Readonly<Record<string, string>> = {
  openai: "OpenAI",
  anthropic: "Anthropic",
  gemini: "Google Gemini",
  [tunedProvider]: "Tuned here",
};

interface ListInput {
  directory: Directory;
  tuned: ModelTable;
  caller: GatewayCaller;
  pricesNow: PricesNow;
}

type PriceOf = Awaited<ReturnType<PricesNow>>;

function priceFields(priceOf: PriceOf, wanted: Parameters<PriceOf>[0]): Pick<LlmModel, "input_price" | "output_price"> {
  const price = priceOf(wanted);
  return { input_price: price.inputUsdPerMillion, output_price: price.outputUsdPerMillion };
}

const hostedModel = (offer: Offer, priceOf: PriceOf): LlmModel => ({
  id: offer.model,
  context_window: offer.context_window,
  max_output_tokens: offer.max_output_tokens,
  ...priceFields(priceOf, { provider: offer.connection.provider, model: offer.price_model }),
  capabilities: [...offer.capabilities],
});

/** Two connections of one provider that offer the same model are one to whoever asks. */
const byModel = (models: readonly LlmModel[]): LlmModel[] =>
  [...new Map(models.toReversed().map((model) => [model.id, model])).values()].sort((first, second) =>
    first.id < second.id ? -1 : 1,
  );

/** What one of them costs follows from the model that it was made of, which only its way tells. */
async function ownModels({ tuned, caller, priceOf }: Pick<ListInput, "tuned" | "caller"> & { priceOf: PriceOf }) {
  const models: LlmModel[] = [];
  for (const { id } of await tuned.list(caller)) {
    const route = (await tuned.find(caller, id))?.steps[0]?.[0]?.route;
    const price = priceFields(priceOf, { provider: tunedProvider, model: route?.priceModel ?? id });
    models.push({ id, context_window: null, max_output_tokens: null, ...price, capabilities: ["chat"] });
  }
  return models;
}

/** Every provider that is connected, with what of it the caller may ask for; the platform's own models come last. */
export async function listProviders({ directory, tuned, caller, pricesNow }: ListInput): Promise<LlmProvider[]> {
  const priceOf = await pricesNow();
  const isAllowed = ({ id }: { id: string }): boolean => isModelAllowed(caller.bounds.allowedModels, id);
  const offers = directory.offers.filter(({ enabled, model }) => enabled && !isPattern(model));
  const hosted = [...Map.groupBy(directory.connections, ({ provider }) => provider)].map(([id, connections]) => ({
    id,
    name: providerNames[id] ?? id,
    available: connections.some(isUsable),
    models: byModel(
      offers.filter(({ connection }) => connection.provider === id).map((offer) => hostedModel(offer, priceOf)),
    ).filter(isAllowed),
  }));
  const own = (await ownModels({ tuned, caller, priceOf })).filter(isAllowed);
  const platform = {
    id: tunedProvider,
    name: providerNames[tunedProvider] ?? tunedProvider,
    available: true,
    models: own,
  };
  return [...hosted, platform];
}
