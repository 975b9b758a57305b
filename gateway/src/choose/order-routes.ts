import type { ModelPlan, ModelRoute, WeightedRoute } from "../ports.ts";
import type { Cooldown } from "./cooldown.ts";

/** The routes in an order drawn by their weights, without putting any back. */
const drawOrder = (routes: readonly WeightedRoute[], random: () => number): ModelRoute[] => {
  const left = [...routes];
  const order: ModelRoute[] = [];
  while (left.length > 0) {
    let point = random() * left.reduce((total, { weight }) => total + weight, 0);
    const drawn = left.findIndex(({ weight }) => (point -= weight) < 0);
    // Rounding may leave the point just beyond the last share.
    const [taken] = left.splice(drawn === -1 ? left.length - 1 : drawn, 1);
    if (taken !== undefined) order.push(taken.route);
  }
  return order;
};

/**
 * The ways of a plan in the order in which they are to be tried: step after step, within one by weight. Those that rest
 * come last, so that a request is refused only by a provider and never because everything rests.
 */
export const orderRoutes = (
  { steps }: ModelPlan,
  { cooldown, random }: { cooldown: Pick<Cooldown, "isResting">; random: () => number },
): ModelRoute[] => {
  // Nearly every model has one way.
  const [step] = steps;
  if (steps.length === 1 && step?.length === 1) return step.map(({ route }) => route);
  const order = steps.flatMap((routes) => drawOrder(routes, random));
  const isResting = ({ deployment }: ModelRoute): boolean => cooldown.isResting(deployment);
  return [...order.filter((route) => !isResting(route)), ...order.filter(isResting)];
};
