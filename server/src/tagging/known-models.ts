import { isModelAllowed } from "@llm-tuner/gateway/admit/model-patterns.ts";
import type { Adapter, GatewayCaller, ModelRoute } from "@llm-tuner/gateway/ports.ts";
import type { ProvidersModule } from "../providers/providers.module.ts";

/** What is known of a model before it is asked. */
export interface KnownModel {
  name: string;
  provider: string;
  priceModel: string;
  adapter: Adapter;
  /** It was tuned here, or is a base model of this platform. */
  isOwn: boolean;
  contextTokens: number | null;
  maxAnswerTokens: number | null;
}

export interface KnownModels {
  /** Undefined when the caller has no such model, or may not use it. */
  find(caller: GatewayCaller, name: string): Promise<KnownModel | undefined>;
  /** Names of those that the caller may use. */
  names(caller: GatewayCaller): Promise<string[]>;
}

const ownProvider = "tuned";

const fewest = (routes: readonly ModelRoute[]): number | null => {
  const known = routes.flatMap(({ maxOutputTokens }) => maxOutputTokens ?? []);
  return known.length === 0 ? null : Math.min(...known);
};

const mayUse = ({ bounds }: GatewayCaller, name: string): boolean =>
  isModelAllowed(bounds.allowedModels, name) && (bounds.locked?.model ?? name) === name;

/** The models that the gateway finds for a caller, with what decides how they are asked. */
export function createKnownModels(providers: Pick<ProvidersModule, "modelTable" | "contextWindowOf">): KnownModels {
  return {
    async find(caller, name) {
      if (!mayUse(caller, name)) return undefined;
      const plan = await providers.modelTable.find(caller, name);
      const [first] = plan?.steps[0] ?? [];
      if (plan === undefined || first === undefined) return undefined;
      const routes = plan.steps.flat().map(({ route }) => route);
      const { provider, priceModel, adapter } = first.route;
      return {
        name,
        provider,
        priceModel,
        adapter,
        // A prompt for small models is of no use to a large one that answers when the first does not.
        isOwn: routes.every((route) => route.provider === ownProvider),
        contextTokens: await providers.contextWindowOf(plan),
        maxAnswerTokens: fewest(routes),
      };
    },

    async names(caller) {
      const listed = await providers.modelTable.list(caller);
      return listed.map(({ id }) => id).filter((name) => mayUse(caller, name));
    },
  };
}
