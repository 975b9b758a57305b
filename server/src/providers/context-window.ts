import type { ModelPlan, ModelRoute } from "@llm-tuner/gateway/ports.ts";
import { catalogueEntry } from "./catalogue/catalogue.ts";
import type { Directory } from "./directory.ts";
import type { TunedModels } from "./ports.ts";
import { tunedProvider } from "./split-name.ts";

export interface ContextWindowDependencies {
  /** From memory, and fresh: a plan was just made of it. */
  directory: () => Directory;
  tuned: Pick<TunedModels, "contextWindowOf">;
}

/** Fewest tokens that any way of a plan takes in, as far as that is known; null when nobody knows it of any. */
export async function contextWindowOf(
  { directory, tuned }: ContextWindowDependencies,
  { steps }: ModelPlan,
): Promise<number | null> {
  const ofRoute = async ({ provider, deployment, upstreamModel }: ModelRoute): Promise<number | null> => {
    if (provider === tunedProvider) return tuned.contextWindowOf(upstreamModel);
    const offer = directory().offer(deployment);
    if (offer === undefined) return null;
    return offer.context_window ?? catalogueEntry(offer.connection.kind, upstreamModel)?.context_window ?? null;
  };
  const windows = await Promise.all(steps.flat().map(({ route }) => ofRoute(route)));
  const known = windows.filter((tokens) => tokens !== null);
  return known.length === 0 ? null : Math.min(...known);
}
