import type { Deployment } from "@llm-tuner/contract/models.ts";
import type { ListedModel } from "@llm-tuner/gateway/ports.ts";
import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { ModelsModule } from "../models/models.module.ts";
import { newId } from "../platform/ids.ts";
import type { Clock } from "../platform/time/clock.ts";
import { deploymentNotFound, modelGone, parityNotPassed } from "./endpoints.errors.ts";
import type { DeploymentRecord, EndpointsStore } from "./endpoints.store.ts";
import type { Offers } from "./model-table.ts";
import type { ParityUsecases } from "./parity.usecases.ts";
import type { BaseModels, ServableBaseModel } from "./ports.ts";
import type { ServingManager } from "./serving-manager.ts";
import type { ServingTarget } from "./serving-process.ts";
import type { ServingTargets } from "./serving-targets.ts";
import type { TryOuts } from "./try-outs.ts";

export interface EndpointsUsecasesDependencies {
  store: EndpointsStore;
  audit: AuditTrail;
  models: ModelsModule;
  baseModels: BaseModels;
  serving: ServingManager;
  targets: ServingTargets;
  parity: ParityUsecases;
  tryOuts: TryOuts;
  clock: Clock;
}

const maxListedDeployments = 1000;
// Base models have no date of their own; they come last in a list that has the newest first.
const baseModelDate = new Date(0);

/** Deployments, and what they and the base models of this machine offer to the gateway. */
export class EndpointsUsecases implements Offers {
  readonly #dependencies: EndpointsUsecasesDependencies;

  constructor(dependencies: EndpointsUsecasesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Offers a model to the gateway once its parity check has passed, which is made now if it has not been. */
  async deploy(userId: string, modelId: string, idleTimeoutMinutes: number): Promise<Deployment> {
    const { store, models, parity, clock } = this.#dependencies;
    const model = await models.getOwned(userId, modelId);
    // A verdict other than passed may have a cause that has been mended meanwhile, so it is not taken as the last word.
    const verdict = model.parity.verdict === "passed" ? model.parity : await parity.check(modelId);
    if (verdict.verdict !== "passed") throw parityNotPassed(verdict);
    const deployment = await store.upsert({
      id: newId("deployment"),
      modelId,
      userId,
      target: "local",
      idleTimeoutMinutes,
      createdAt: clock.now(),
    });
    if (deployment === undefined) throw modelGone();
    return this.#toDeployment(deployment);
  }

  async get(userId: string, modelId: string): Promise<Deployment> {
    await this.#dependencies.models.getOwned(userId, modelId);
    const deployment = await this.#dependencies.store.find(modelId);
    if (deployment === undefined) throw deploymentNotFound();
    return this.#toDeployment(deployment);
  }

  /** Taking down what is not deployed changes nothing. */
  async undeploy(userId: string, modelId: string): Promise<void> {
    const { models, store, audit } = this.#dependencies;
    await models.getOwned(userId, modelId);
    if ((await store.find(modelId)) === undefined) return;
    await this.takeDown(modelId);
    await audit.note({ action: "deployment.deleted", target: { kind: "model", id: modelId } });
  }

  /** No new request reaches the model from here on; its process ends after the answers that it has begun. */
  async takeDown(modelId: string): Promise<void> {
    await this.#dependencies.store.delete(modelId);
    await this.#dependencies.serving.end(modelId);
  }

  async deploymentsOf(modelIds: readonly string[]): Promise<ReadonlyMap<string, Deployment>> {
    const deployments = await this.#dependencies.store.findMany(modelIds);
    return new Map(deployments.map((deployment) => [deployment.modelId, this.#toDeployment(deployment)]));
  }

  async listOffers(userId: string): Promise<ListedModel[]> {
    const { store, models, baseModels } = this.#dependencies;
    const deployments = await store.listOfUser(userId, maxListedDeployments);
    const deployed = await models.findMany(deployments.map((deployment) => deployment.modelId));
    const tuned = deployed
      .sort((first, second) => second.createdAt.getTime() - first.createdAt.getTime())
      .map(({ name, createdAt }) => ({ id: name, createdAt, ownedBy: userId }));
    const base = baseModels
      .list()
      .filter(isOnThisMachine)
      .map(({ name }) => ({ id: name, createdAt: baseModelDate, ownedBy: "llm-tuner" }));
    return [...tuned, ...base];
  }

  async findOffer(userId: string, name: string): Promise<ServingTarget | undefined> {
    const { models, baseModels, targets, tryOuts } = this.#dependencies;
    const tried = tryOuts.find(userId, name);
    if (tried !== undefined) return tried;
    const base = baseModels.find(name);
    if (base !== undefined) return this.#baseOffer(userId, base);
    const model = await models.findByName(name);
    if (model === undefined || model.userId !== userId) return undefined;
    const { target, isDeployed } = await targets.tuned(model);
    return isDeployed ? target : undefined;
  }

  /**
   * A base model of this machine is for everybody. One of the hub is for who has tuned it: for them it has been fetched,
   * and nobody makes this machine fetch a model by asking for its name.
   */
  async #baseOffer(userId: string, base: ServableBaseModel): Promise<ServingTarget | undefined> {
    const { models, targets } = this.#dependencies;
    if (isOnThisMachine(base)) return targets.base(base);
    const tuned = await models.findTunedFrom(userId, base.name);
    return tuned && targets.baseOf(tuned);
  }

  #toDeployment(record: DeploymentRecord): Deployment {
    const { status, error } = this.#dependencies.serving.state(record.modelId);
    return {
      id: record.id,
      model_id: record.modelId,
      target: record.target,
      status,
      idle_timeout_minutes: record.idleTimeoutMinutes,
      error,
      created_at: record.createdAt.toISOString(),
    };
  }
}

/** A repository of the hub may be gigabytes away: it is offered by tuning on it, not by naming it. */
const isOnThisMachine = ({ source }: ServableBaseModel): boolean => source.kind === "folder";
