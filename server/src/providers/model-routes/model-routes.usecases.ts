import type { createModelRoute, ModelRoute, updateModelRoute } from "@llm-tuner/contract/model-routes.ts";
import type { z } from "zod";
import type { AuditTrail } from "../../accounts/accounts.module.ts";
import type { Database, Queryable } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { ConnectionsStore } from "../connections/connections.store.ts";
import type { Directory } from "../directory.ts";
import type { KnownProviders } from "../known-providers.ts";
import type { TunedModels } from "../ports.ts";
import { routeLeadsToRoute, routeNameTaken, routeNotFound, tooMany, unknownTarget } from "../providers.errors.ts";
import { splitName, tunedProvider } from "../split-name.ts";
import type { ModelRouteRow, ModelRoutesStore } from "./model-routes.store.ts";

type NewRoute = z.output<typeof createModelRoute.body>;
type RouteChange = z.output<typeof updateModelRoute.body>;
type Steps = NewRoute["steps"];

export interface ModelRouteUsecases {
  list: () => Promise<ModelRoute[]>;
  create: (route: NewRoute) => Promise<ModelRoute>;
  update: (id: string, change: RouteChange) => Promise<ModelRoute>;
  remove: (id: string) => Promise<ModelRoute>;
}

export interface ModelRouteDependencies {
  database: Database;
  store: ModelRoutesStore;
  connections: Pick<ConnectionsStore, "lock">;
  known: Pick<KnownProviders, "read" | "invalidate">;
  tuned: Pick<TunedModels, "isOwn" | "nameOf">;
  audit: AuditTrail;
  clock: Clock;
}

const maxRoutes = 500;

const toRoute = (row: ModelRouteRow, directory: Directory): ModelRoute => ({
  ...row,
  shadows: directory.offersNamed(row.name).length > 0,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

const targetsOf = (steps: Steps): string[] => steps.flat().map(({ model }) => model);

const detailsOf = ({ name, steps, enabled }: ModelRouteRow) => ({
  name,
  // One line for each step.
  steps: steps.map((targets) => targets.map(({ model, weight }) => `${model} × ${weight}`).join(", ")),
  enabled,
});

export function createModelRouteUsecases(dependencies: ModelRouteDependencies): ModelRouteUsecases {
  const { database, store, connections, known, tuned, audit, clock } = dependencies;

  async function change<Result>(work: (transaction: Queryable, directory: Directory) => Promise<Result>) {
    const result = await database.transaction(async (transaction) => {
      // Two routes that are made at once must not lead to each other.
      await connections.lock(transaction);
      return work(transaction, await known.read(transaction));
    });
    known.invalidate();
    return result;
  }

  /** A name means one thing to whoever reads a route: a model's is not taken from it, nor is a target's. */
  function checkName(directory: Directory, { id, name }: { id: string; name: string }): void {
    const others = directory.routes.filter((route) => route.id !== id);
    if (others.some((route) => route.name === name)) throw routeNameTaken(name, "another route");
    if (tuned.isOwn(name)) throw routeNameTaken(name, "a tuned or base model of this platform, or may come to");
    if (directory.offer(name) !== undefined) throw routeNameTaken(name, "a model on offer, as its id");
    const leading = others.find((route) => targetsOf(route.steps).includes(name));
    if (leading !== undefined) throw routeNameTaken(name, `a model that the route ${leading.name} leads to`);
  }

  async function isModel(directory: Directory, name: string): Promise<boolean> {
    if (directory.offer(name) !== undefined || directory.offersNamed(name).length > 0) return true;
    const split = splitName(name);
    if (split !== undefined && split.word !== tunedProvider && directory.isProviderWord(split.word)) {
      return directory.offersAt(split.word, split.model).length > 0;
    }
    return (await tuned.nameOf(split?.word === tunedProvider ? split.model : name)) !== undefined;
  }

  /** The steps with names for ids of tuned models: a request knows models by name. */
  async function checkSteps(directory: Directory, { id, name }: { id: string; name: string }, steps: Steps) {
    const routeNames = new Set([name, ...directory.routes.filter((route) => route.id !== id).map((row) => row.name)]);
    const checked = async (target: Steps[number][number], field: string) => {
      if (routeNames.has(target.model)) throw routeLeadsToRoute(target.model, field);
      if (!(await isModel(directory, target.model))) throw unknownTarget(target.model, field);
      return target.model.startsWith("model_")
        ? { ...target, model: (await tuned.nameOf(target.model)) ?? target.model }
        : target;
    };
    const result: Steps = [];
    for (const [step, targets] of steps.entries()) {
      result.push(await Promise.all(targets.map((target, index) => checked(target, `steps.${step}.${index}.model`))));
    }
    return result;
  }

  function routeIn(directory: Directory, id: string): ModelRouteRow {
    const row = directory.routes.find((route) => route.id === id);
    if (row === undefined) throw routeNotFound();
    return row;
  }

  return {
    async list() {
      const directory = await known.read(database);
      return directory.routes.map((row) => toRoute(row, directory));
    },

    async create({ name, description, steps, enabled }) {
      const id = newId("modelRoute");
      const at = clock.now();
      return change(async (transaction, directory) => {
        if (directory.routes.length >= maxRoutes) throw tooMany("routes", maxRoutes);
        checkName(directory, { id, name });
        const checked = await checkSteps(directory, { id, name }, steps);
        const row = { id, name, description, steps: checked, enabled, created_at: at, updated_at: at };
        await store.insert(transaction, row);
        await audit.record(transaction, {
          action: "admin.model_route_created",
          target: { kind: "model_route", id },
          details: detailsOf(row),
        });
        return toRoute(row, directory);
      });
    },

    async update(id, changes) {
      return change(async (transaction, directory) => {
        const before = routeIn(directory, id);
        const name = changes.name ?? before.name;
        if (name !== before.name) checkName(directory, { id, name });
        if (changes.steps === undefined && targetsOf(before.steps).includes(name)) {
          throw routeLeadsToRoute(name, "name");
        }
        // What is not changed is not checked: a route can be switched off also when a model of it is gone.
        const steps =
          changes.steps === undefined ? before.steps : await checkSteps(directory, { id, name }, changes.steps);
        const row = {
          ...before,
          name,
          steps,
          description: changes.description ?? before.description,
          enabled: changes.enabled ?? before.enabled,
          updated_at: clock.now(),
        };
        await store.update(transaction, row);
        await audit.record(transaction, {
          action: "admin.model_route_changed",
          target: { kind: "model_route", id },
          details: detailsOf(row),
        });
        return toRoute(row, directory);
      });
    },

    async remove(id) {
      return change(async (transaction, directory) => {
        const row = routeIn(directory, id);
        await store.remove(transaction, id);
        await audit.record(transaction, {
          action: "admin.model_route_deleted",
          target: { kind: "model_route", id },
          details: detailsOf(row),
        });
        return toRoute(row, directory);
      });
    },
  };
}
