import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { ModelRouteId } from "./ids.ts";
import { Timestamp } from "./paging.ts";
import { ModelText } from "./providers.ts";

const common = { tag: "Providers", dialect: "platform", access: "admin" } as const;
const changesSomething = (change: object): boolean => Object.keys(change).length > 0;

/** One of several models that share the calls of a step. */
const RouteTarget = z.strictObject({
  model: ModelText.meta({
    description:
      "A tuned model, a model on offer, `provider/model`, or the id of a model on offer; never another route.",
  }),
  weight: z.int().min(1).max(1000).default(1),
});
const RouteSteps = z.array(z.array(RouteTarget).min(1).max(10)).min(1).max(8);

/** What a public name of a model stands for. */
export const ModelRoute = z
  .strictObject({
    id: ModelRouteId,
    name: z.string(),
    description: z.string(),
    steps: z.array(z.array(z.strictObject({ model: z.string(), weight: z.int() }))).meta({
      description: "The first step is tried first, its models by weight; when they fail or rest, the next step is.",
    }),
    enabled: z.boolean(),
    shadows: z
      .boolean()
      .meta({ description: "A model on offer has the same name; it is reached by `provider/model`." }),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: "ModelRoute" });
export type ModelRoute = z.infer<typeof ModelRoute>;

const RouteName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/, "must be letters, digits and . _ : -, such as fast or gpt-4o");
const RouteDescription = z.string().trim().max(300);

export const listModelRoutes = defineEndpoint({
  ...common,
  id: "listModelRoutes",
  summary: "All routes by name",
  method: "GET",
  path: "/api/admin/providers/routes",
  rateClass: "read",
  responses: {
    200: {
      description: "All routes",
      schema: z.strictObject({ routes: z.array(ModelRoute) }).meta({ id: "ModelRouteList" }),
    },
  },
});

export const createModelRoute = defineEndpoint({
  ...common,
  id: "createModelRoute",
  summary: "Give models a public name, with weights and fallbacks",
  method: "POST",
  path: "/api/admin/providers/routes",
  rateClass: "write",
  body: z.strictObject({
    name: RouteName,
    description: RouteDescription.default(""),
    steps: RouteSteps,
    enabled: z.boolean().default(true),
  }),
  responses: { 201: { description: "The route", schema: ModelRoute } },
});

const routeById = { params: z.strictObject({ id: ModelRouteId }) };

export const updateModelRoute = defineEndpoint({
  ...common,
  ...routeById,
  id: "updateModelRoute",
  summary: "Change a route; calls that come from then on take the new way",
  method: "PATCH",
  path: "/api/admin/providers/routes/{id}",
  rateClass: "write",
  body: z
    .strictObject({
      name: RouteName.optional(),
      description: RouteDescription.optional(),
      steps: RouteSteps.optional(),
      enabled: z.boolean().optional(),
    })
    .refine(changesSomething, "changes nothing"),
  responses: { 200: { description: "The changed route", schema: ModelRoute } },
});

export const deleteModelRoute = defineEndpoint({
  ...common,
  ...routeById,
  id: "deleteModelRoute",
  summary: "Take a public name away",
  method: "DELETE",
  path: "/api/admin/providers/routes/{id}",
  rateClass: "write",
  responses: { 200: { description: "The deleted route", schema: ModelRoute } },
});
