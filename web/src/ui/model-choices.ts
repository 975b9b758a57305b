import type { LlmModel, LlmProvider } from "@llm-tuner/contract/llm.ts";
import type { ServedModel } from "@llm-tuner/contract/ecosystem.ts";

/** A model that can be asked, with what is known of it; null is not known. */
export interface ModelChoice {
  id: string;
  /** Under which heading it stands. */
  group: string;
  contextWindow: number | null;
  maxOutputTokens: number | null;
  /** US dollars for a million tokens. */
  inputPrice: number | null;
  outputPrice: number | null;
  capabilities: LlmModel["capabilities"] | null;
}

const tunedProvider = "tuned";
const tunedGroup = "Your tuned models";
const baseGroup = "Base models on this machine";
const routeGroup = "Routes";
const firstGroups = [tunedGroup, baseGroup, routeGroup];

const unknown = { contextWindow: null, maxOutputTokens: null, inputPrice: null, outputPrice: null, capabilities: null };

const knownOf = (model: LlmModel): Omit<ModelChoice, "id" | "group"> => ({
  contextWindow: model.context_window,
  maxOutputTokens: model.max_output_tokens,
  inputPrice: model.input_price,
  outputPrice: model.output_price,
  capabilities: model.capabilities,
});

/** Names of tuned models say so; the platform's other models are what they were made of. */
const ownGroup = (id: string): string => (id.startsWith("ft:") ? tunedGroup : baseGroup);

const rank = ({ group }: ModelChoice): number => {
  const place = firstGroups.indexOf(group);
  return place === -1 ? firstGroups.length : place;
};

const compare = (first: string, second: string): number => (first < second ? -1 : first > second ? 1 : 0);

/**
 * Models for a conversation: what may be asked (`served`), with what its provider says of it. What no provider has is a
 * route, of which nothing is known in advance. Tuned ones come first, then routes, then each provider's.
 */
export const modelChoices = (
  served: readonly ServedModel[],
  providers: readonly LlmProvider[],
): readonly ModelChoice[] => {
  const known = new Map(
    providers
      .filter(({ available }) => available)
      .flatMap((provider) => provider.models.map((model) => [model.id, { provider, model }] as const)),
  );
  return served
    .map(({ id, owned_by }): ModelChoice => {
      const found = known.get(id);
      // A route may have the name of a provider's model, and is what answers then.
      const isRoute = found === undefined || (owned_by === "llm-tuner" && found.provider.id !== tunedProvider);
      if (isRoute) return { id, group: routeGroup, ...unknown };
      const { provider, model } = found;
      return { id, group: provider.id === tunedProvider ? ownGroup(id) : provider.name, ...knownOf(model) };
    })
    .filter(({ capabilities }) => capabilities === null || capabilities.includes("chat"))
    .sort((one, other) => rank(one) - rank(other) || compare(one.group, other.group) || compare(one.id, other.id));
};

/** Whether pictures may be sent to it: where nothing is known, the answer will tell. */
export const maySee = ({ capabilities }: ModelChoice): boolean =>
  capabilities === null || capabilities.includes("vision");

/** Whether it can be told how much to think; as far as it is known. */
export const mayReason = ({ capabilities }: ModelChoice): boolean =>
  capabilities === null || capabilities.includes("reasoning");

export interface ModelGroup {
  value: string;
  items: ModelChoice[];
}

/** Neighbours of one heading together, in their order. */
export const groupsOf = (choices: readonly ModelChoice[]): ModelGroup[] =>
  [...Map.groupBy(choices, ({ group }) => group)].map(([value, items]) => ({ value, items }));
