import { createModelRoute, type ModelRoute } from "@llm-tuner/contract/model-routes.ts";
import { describe, expect, it } from "vitest";
import {
  RouteValues,
  emptyRoute,
  emptyTarget,
  maxSteps,
  maxTargets,
  requestOfRoute,
  targetAliases,
  targetNames,
  valuesOfRoute,
} from "./route-values.ts";

const step = (...models: string[]) => ({ targets: models.map((model) => ({ model, weight: "1" })) });

const tenModels = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

const route: ModelRoute = {
  id: "route_4YtAbCdEfGhIjKlMnOpQrS",
  name: "fast",
  description: "For the shop.",
  steps: [
    [
      { model: "gpt-5-mini", weight: 80 },
      { model: "openai-eu/gpt-5-mini", weight: 20 },
    ],
    [{ model: "ft:starter", weight: 1 }],
  ],
  enabled: false,
  shadows: false,
  created_at: "2026-11-21T10:00:00.000Z",
  updated_at: "2026-11-21T10:00:00.000Z",
};

describe("the form of a route", () => {
  it("gives back the route that it was filled with", () => {
    const request = requestOfRoute(RouteValues.parse(valuesOfRoute(route)));
    const { name, description, enabled, steps } = route;
    expect(request).toEqual({ name, description, enabled, steps });
    expect(createModelRoute.body.safeParse(request).success).toBe(true);
  });

  it("takes no more steps and models than the platform does", () => {
    const most = { ...emptyRoute, name: "most", steps: Array.from({ length: maxSteps }, () => step(...tenModels)) };
    expect(most.steps[0]?.targets).toHaveLength(maxTargets);
    expect(createModelRoute.body.safeParse(requestOfRoute(RouteValues.parse(most))).success).toBe(true);
    for (const steps of [[...most.steps, step("a")], [step(...tenModels, "k")]]) {
      const more = { ...most, steps };
      expect(RouteValues.safeParse(more).success).toBe(false);
      expect(createModelRoute.body.safeParse(requestOfRoute(more)).success).toBe(false);
    }
  });

  it.each([
    [{ name: "my route" }, "name"],
    [{ steps: [] }, "steps"],
    [{ steps: [step("a"), step(" ")] }, "steps.1.targets.0.model"],
    [{ steps: [{ targets: [{ ...emptyTarget, model: "a", weight: "0" }] }] }, "steps.0.targets.0.weight"],
    [{ steps: [{ targets: [{ ...emptyTarget, model: "a", weight: "1001" }] }] }, "steps.0.targets.0.weight"],
    [{ steps: [{ targets: [{ ...emptyTarget, model: "a", weight: "" }] }] }, "steps.0.targets.0.weight"],
  ])("refuses %j beside the field", (change, field) => {
    const parsed = RouteValues.safeParse({ ...emptyRoute, name: "fast", steps: [step("a")], ...change });
    expect(parsed.error?.issues.map(({ path }) => path.join("."))).toEqual([field]);
  });

  it("has a place for every model that the platform may refuse", () => {
    expect(Object.keys(targetAliases)).toHaveLength(maxSteps * maxTargets);
    expect(targetAliases["steps.1.0.model"]).toBe("steps.1.targets.0.model");
    expect(targetAliases[`steps.${maxSteps - 1}.${maxTargets - 1}.model`]).toBe(
      `steps.${maxSteps - 1}.targets.${maxTargets - 1}.model`,
    );
  });

  it("proposes models with and without their provider, and tuned ones, but no route and no pattern", () => {
    const models = ["gpt-5", "fast", "o*"].map((model) => ({ provider: "openai", model }));
    expect(targetNames({ models, served: ["gpt-5", "fast", "ft:starter"], routes: ["fast"] })).toEqual([
      "ft:starter",
      "gpt-5",
      "openai/fast",
      "openai/gpt-5",
    ]);
  });
});
