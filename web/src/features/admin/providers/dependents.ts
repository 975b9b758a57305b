import type { ModelRoute } from "@llm-tuner/contract/model-routes.ts";
import type { OfferedModel, ProviderConnection } from "@llm-tuner/contract/providers.ts";

type Model = Pick<OfferedModel, "id" | "connection_id" | "provider" | "model">;
type Connection = Pick<ProviderConnection, "id" | "name">;

interface Known {
  connections: readonly Connection[];
  models: readonly Model[];
  routes: readonly Pick<ModelRoute, "name" | "steps">[];
}

const isNamed = ({ model }: Model, name: string): boolean =>
  model.endsWith("*") ? name.startsWith(model.slice(0, -1)) : model === name;

/** Whether a route's target leads to this model: by its id, by its name, or by `provider/model`. */
const leadsTo = (target: string, model: Model, connectionName: string | undefined): boolean => {
  if (target === model.id || isNamed(model, target)) return true;
  const slash = target.indexOf("/");
  const word = target.slice(0, Math.max(0, slash));
  return (word === model.provider || word === connectionName) && isNamed(model, target.slice(slash + 1));
};

export interface LosingRoute {
  name: string;
  /** Names in the route that lead nowhere when the models are gone. */
  targets: string[];
  /** Nothing else is left in the route: requests for its name will be refused. */
  isLastWay: boolean;
}

/** Routes that lead to one of the models and to no other model of that name. */
export const losingRoutes = (
  { connections, models, routes }: Known,
  isGoing: (model: Model) => boolean,
): LosingRoute[] => {
  const names = new Map(connections.map(({ id, name }) => [id, name]));
  const isLost = (target: string): boolean => {
    const led = models.filter((model) => leadsTo(target, model, names.get(model.connection_id)));
    return led.length > 0 && led.every(isGoing);
  };
  return routes.flatMap(({ name, steps }) => {
    const all = [...new Set(steps.flat().map(({ model }) => model))];
    const targets = all.filter(isLost);
    return targets.length === 0 ? [] : [{ name, targets, isLastWay: targets.length === all.length }];
  });
};

/** What a person is told before models go: which routes they belong to. */
export const losingText = (losing: readonly LosingRoute[]): string =>
  losing.length === 0
    ? "No route leads to it."
    : losing
        .map(
          ({ name, targets, isLastWay }) =>
            `The route ${name} loses ${targets.join(", ")}${isLastWay ? " and has nothing left: requests for it will be refused" : ""}.`,
        )
        .join(" ");
