import { createModelRoute, type ModelRoute } from "@llm-tuner/contract/model-routes.ts";
import { ModelText, type OfferedModel } from "@llm-tuner/contract/providers.ts";
import { z } from "zod";

const { name, description } = createModelRoute.body.shape;

/** The contract's bounds of a route. */
export const maxSteps = 8;
export const maxTargets = 10;

const TargetValues = z.object({
  model: z
    .string()
    .trim()
    .refine((text) => ModelText.safeParse(text).success, { message: "Name a model, in at most 200 characters." }),
  weight: z.string().regex(/^([1-9]\d{0,2}|1000)$/, "Must be from 1 to 1000."),
});

/** What the form of a route holds. */
export const RouteValues = z.object({
  name,
  description: description.unwrap(),
  enabled: z.boolean(),
  steps: z
    .array(z.object({ targets: z.array(TargetValues).min(1).max(maxTargets) }))
    .min(1)
    .max(maxSteps),
});
export type RouteValues = z.infer<typeof RouteValues>;

export const emptyTarget = { model: "", weight: "1" };
export const emptyStep = { targets: [emptyTarget] };
export const emptyRoute: RouteValues = { name: "", description: "", enabled: true, steps: [emptyStep] };

export const valuesOfRoute = (route: ModelRoute): RouteValues => ({
  name: route.name,
  description: route.description,
  enabled: route.enabled,
  steps: route.steps.map((targets) => ({
    targets: targets.map(({ model, weight }) => ({ model, weight: String(weight) })),
  })),
});

export const requestOfRoute = ({ steps, ...values }: RouteValues) => ({
  ...values,
  steps: steps.map(({ targets }) => targets.map(({ model, weight }) => ({ model, weight: Number(weight) }))),
});

/** The form's names for the models of a request, of which it tells steps and their targets apart. */
export const targetAliases = Object.fromEntries(
  Array.from({ length: maxSteps * maxTargets }, (_, index) => {
    const [step, target] = [Math.floor(index / maxTargets), index % maxTargets];
    return [`steps.${step}.${target}.model`, `steps.${step}.targets.${target}.model`] as const;
  }),
);

interface KnownNames {
  models: readonly Pick<OfferedModel, "provider" | "model">[];
  /** What may be asked for by name, routes included. */
  served: readonly string[];
  routes: readonly string[];
}

/** What a step may lead to: models by name and with their provider before it, and tuned ones; never another route. */
export const targetNames = ({ models, served, routes }: KnownNames): string[] => {
  const hosted = models.flatMap(({ provider, model }) =>
    model.endsWith("*") ? [] : [...(routes.includes(model) ? [] : [model]), `${provider}/${model}`],
  );
  return [...new Set([...served.filter((name) => !routes.includes(name)), ...hosted])].sort();
};
