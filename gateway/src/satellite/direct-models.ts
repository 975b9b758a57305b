import type { Adapter, ModelRoute, ModelTable } from "../ports.ts";

/** A provider whose key lies with the satellite. */
export interface DirectProvider {
  /** Also the name by which the platform prices its models. */
  name: string;
  adapter: Adapter;
  baseUrl: URL;
  /** With the key; sent with every request. */
  headers: Readonly<Record<string, string>>;
}

const routeTo = ({ name, adapter, baseUrl, headers }: DirectProvider, model: string): ModelRoute => ({
  deployment: `${name}/${model}`,
  provider: name,
  adapter,
  upstreamModel: model,
  priceModel: model,
  maxOutputTokens: null,
  // A function ends with its request, so a stream is not read on.
  onDisconnect: { whole: "abort", stream: "abort" },
  acquire: async () => ({ origin: baseUrl, headers, release: () => undefined }),
});

/**
 * The models of providers that a satellite asks itself, by `provider/model`, or by the model's name alone where there is
 * one provider. Nothing is listed: which models a provider has is for it to say.
 */
export const createDirectModels = (providers: readonly DirectProvider[]): ModelTable => ({
  list: async () => [],
  async find(_caller, model) {
    const slash = model.indexOf("/");
    const named = providers.find(({ name }) => name === model.slice(0, Math.max(0, slash)));
    const provider = named ?? (providers.length === 1 ? providers[0] : undefined);
    if (provider === undefined) return undefined;
    const route = routeTo(provider, named === undefined ? model : model.slice(slash + 1));
    return { steps: [[{ route, weight: 1 }]] };
  },
});
