import { type Awaitable, goOnWith } from "@llm-tuner/gateway/awaitable.ts";
import type { GatewayCaller, ListedModel, ModelPlan, ModelTable, WeightedRoute } from "@llm-tuner/gateway/ports.ts";
import type { Directory } from "./directory.ts";
import type { KnownProviders } from "./known-providers.ts";
import type { ModelRouteRow } from "./model-routes/model-routes.store.ts";
import { planOf } from "./offered/offer-route.ts";
import { isAvailable, isPattern } from "./offered/offers.ts";
import type { TunedModels } from "./ports.ts";
import { splitName, tunedProvider } from "./split-name.ts";

const ownedByPlatform = "llm-tuner";
// What the settings and the catalogue offer has no date of its own; it comes last in a list that has the newest first.
const noDate = new Date(0);

/** A model on offer by its id, by `provider/model` or by its name; undefined when it cannot be asked now. */
function hostedPlan(directory: Directory, name: string): ModelPlan | undefined {
  const offer = directory.offer(name);
  if (offer !== undefined)
    return isAvailable(offer) && !isPattern(offer.model) ? planOf([offer], offer.model) : undefined;
  return planOf(directory.offersNamed(name), name);
}

/** The target's routes share what the target was given, in their own proportion. */
function scaled(plan: ModelPlan, weight: number): WeightedRoute[] {
  const [routes = []] = plan.steps;
  const sum = routes.reduce((total, route) => total + route.weight, 0);
  return routes.map((route) => ({ route: route.route, weight: (weight * route.weight) / sum }));
}

/**
 * The gateway's view of all models: routes come before the platform's own models, those before the models on offer; a name
 * with a provider before it reaches that provider past all of them. From memory, except for the platform's own models.
 */
export function createRoutingTable({
  tuned,
  known,
}: {
  tuned: Pick<TunedModels, "table" | "isOwn">;
  known: Pick<KnownProviders, "ensure" | "directory">;
}): ModelTable {
  const current = (): Awaitable<Directory> => goOnWith(known.ensure(), () => known.directory());

  /** Undefined when the name has no provider before it. */
  function atProvider(
    directory: Directory,
    caller: GatewayCaller,
    name: string,
  ): { plan: Awaitable<ModelPlan | undefined> } | undefined {
    const split = splitName(name);
    if (split === undefined) return undefined;
    if (split.word === tunedProvider) return { plan: tuned.table.find(caller, split.model) };
    if (!directory.isProviderWord(split.word)) return undefined;
    return { plan: planOf(directory.offersAt(split.word, split.model), split.model) };
  }

  function modelPlan(directory: Directory, caller: GatewayCaller, name: string): Awaitable<ModelPlan | undefined> {
    const direct = atProvider(directory, caller, name);
    if (direct !== undefined) return direct.plan;
    if (!tuned.isOwn(name)) return hostedPlan(directory, name);
    return goOnWith(tuned.table.find(caller, name), (own) => own ?? hostedPlan(directory, name));
  }

  /** What the caller may not use, or nobody can ask now, is left out; with nothing left there is no such model. */
  async function routePlan(
    directory: Directory,
    caller: GatewayCaller,
    { steps }: ModelRouteRow,
  ): Promise<ModelPlan | undefined> {
    const planned: WeightedRoute[][] = [];
    for (const targets of steps) {
      const plans = await Promise.all(targets.map(async ({ model }) => modelPlan(directory, caller, model)));
      const routes = plans.flatMap((plan, index) =>
        plan === undefined ? [] : scaled(plan, targets[index]?.weight ?? 1),
      );
      if (routes.length > 0) planned.push(routes);
    }
    return planned.length === 0 ? undefined : { steps: planned };
  }

  async function listRoutes(directory: Directory, caller: GatewayCaller): Promise<ListedModel[]> {
    const listed: ListedModel[] = [];
    for (const route of directory.routes) {
      if (!route.enabled || (await routePlan(directory, caller, route)) === undefined) continue;
      listed.push({ id: route.name, createdAt: route.created_at, ownedBy: ownedByPlatform });
    }
    return listed;
  }

  return {
    async list(caller) {
      const directory = await current();
      const hosted = directory.offers
        .filter((offer) => isAvailable(offer) && !isPattern(offer.model))
        .map(({ model, created_at, connection }) => ({
          id: model,
          createdAt: created_at ?? connection.createdAt ?? noDate,
          ownedBy: connection.provider,
        }));
      const all = [...(await listRoutes(directory, caller)), ...(await tuned.table.list(caller)), ...hosted];
      // Of several with one name the first is the one that answers.
      const byName = new Map(all.toReversed().map((model) => [model.id, model]));
      return [...byName.values()].sort(
        (first, second) => second.createdAt.getTime() - first.createdAt.getTime() || (first.id < second.id ? -1 : 1),
      );
    },

    find: (caller, name) =>
      goOnWith(current(), (directory) => {
        const route = directory.route(name);
        return route?.enabled === true ? routePlan(directory, caller, route) : modelPlan(directory, caller, name);
      }),
  };
}
