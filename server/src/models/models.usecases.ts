import type { Readable } from "node:stream";
import type { Deployment, Parity, TunedModel } from "@llm-tuner/contract/models.ts";
import type { PageQuery } from "@llm-tuner/contract/paging.ts";
import type { ParityRecord } from "@llm-tuner/contract/run-folder.ts";
import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { Log } from "../platform/log/log.ts";
import { pageOf, parseCursor } from "../platform/paging/cursor.ts";
import { allRows } from "../platform/personal-data/personal-data.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Clock } from "../platform/time/clock.ts";
import type { ArtefactDescription, ModelArtefacts } from "./model-artefacts.ts";
import { modelIdOfJob, modelName } from "./model-name.ts";
import { modelNotFound } from "./models.errors.ts";
import type { FinishedJob, FinishedJobs, ModelDeployments } from "./ports.ts";
import type { ModelRecord, ModelsStore } from "./models.store.ts";

export interface ModelsUsecasesDependencies {
  store: ModelsStore;
  queue: Queue;
  audit: AuditTrail;
  training: FinishedJobs;
  deployments: ModelDeployments;
  artefacts: ModelArtefacts;
  clock: Clock;
  log: Log;
}

export class ModelsUsecases {
  readonly #dependencies: ModelsUsecasesDependencies;

  constructor(dependencies: ModelsUsecasesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Makes a completed job's model. Every step may be repeated: the id follows from the job's name, the files are moved
   * by one rename, and the row, its link and the parity check's job are one transaction.
   */
  async registerFinishedJob(jobName: string): Promise<void> {
    const { store, queue, training, artefacts, log } = this.#dependencies;
    const job = await training.findJob(jobName);
    // No job: its user has been deleted. A model already: this is a second delivery.
    if (job === undefined || job.status !== "Completed" || job.modelId !== null) {
      log.info({ jobName, status: job?.status, modelId: job?.modelId }, "No model to make of this job");
      return;
    }
    const id = modelIdOfJob(jobName);
    const model = this.#modelOf(job, id, await artefacts.adopt(jobName, id));
    await store.transaction(async (transaction) => {
      if (!(await store.insert(transaction, model))) return;
      await training.linkModel(transaction, jobName, id);
      await queue.send(transaction, "models.parity", { model_id: id }, { singletonKey: id });
    });
    log.info({ jobName, modelId: id, name: model.name }, "Model registered");
  }

  async list(
    userId: string,
    { limit, cursor }: PageQuery,
  ): Promise<{ models: TunedModel[]; next_cursor: string | null }> {
    // One more than asked for tells whether there is a next page.
    const found = await this.#dependencies.store.listOfUser(userId, parseCursor(cursor), limit + 1);
    const { rows, nextCursor } = pageOf(found, { limit, position: (model) => model });
    const deployments = await this.#dependencies.deployments.deploymentsOf(rows.map((model) => model.id));
    return {
      models: rows.map((model) => toTunedModel(model, deployments.get(model.id) ?? null)),
      next_cursor: nextCursor,
    };
  }

  async get(userId: string, id: string): Promise<TunedModel> {
    const model = await this.getOwned(userId, id);
    const deployments = await this.#dependencies.deployments.deploymentsOf([id]);
    return toTunedModel(model, deployments.get(id) ?? null);
  }

  /** Takes the model down first, then forgets it, then removes its files; a crash in between is swept up at the start. */
  async remove(userId: string, id: string): Promise<void> {
    const { store, audit, deployments, artefacts, log } = this.#dependencies;
    const { name } = await this.getOwned(userId, id);
    await deployments.takeDown(id);
    await store.transaction(async (transaction) => {
      await store.delete(transaction, id);
      await audit.record(transaction, { action: "model.deleted", target: { kind: "model", id }, details: { name } });
    });
    await artefacts.remove(id);
    log.info({ modelId: id, userId }, "Model deleted");
  }

  async removeAll(userId: string): Promise<void> {
    for await (const { id } of this.allOf(userId)) await this.remove(userId, id);
  }

  /** Every model of a person, newest first. */
  allOf(userId: string): AsyncGenerator<TunedModel> {
    return allRows(async (page) => {
      const { models, next_cursor } = await this.list(userId, page);
      return { rows: models, nextCursor: next_cursor };
    });
  }

  async archive(userId: string, id: string): Promise<Readable> {
    await this.getOwned(userId, id);
    return this.#dependencies.artefacts.archive(id);
  }

  /** Throws a 404 when the model is not there or belongs to somebody else. */
  async getOwned(userId: string, id: string): Promise<ModelRecord> {
    const model = await this.find(id);
    if (model === undefined || model.userId !== userId) throw modelNotFound();
    return model;
  }

  find(id: string): Promise<ModelRecord | undefined> {
    return this.#dependencies.store.find(id);
  }

  findMany(ids: readonly string[]): Promise<ModelRecord[]> {
    return this.#dependencies.store.findMany(ids);
  }

  findByName(name: string): Promise<ModelRecord | undefined> {
    return this.#dependencies.store.findByName(name);
  }

  findTunedFrom(userId: string, baseModel: string): Promise<ModelRecord | undefined> {
    return this.#dependencies.store.findTunedFrom(userId, baseModel);
  }

  parityRecord(id: string): Promise<ParityRecord | undefined> {
    return this.#dependencies.artefacts.parityRecord(id);
  }

  async recordParity(id: string, parity: Parity): Promise<void> {
    const { store, log } = this.#dependencies;
    const recorded = await store.updateParity(id, parity);
    log.info({ modelId: id, ...parity, recorded }, "Parity checked");
  }

  async removeOrphans(): Promise<void> {
    const { artefacts, clock, log } = this.#dependencies;
    const removed = await artefacts.removeOrphans(async (id) => (await this.find(id)) !== undefined, clock.now());
    if (removed.length > 0) log.warn({ removed }, "Removed the files of models that no longer exist");
  }

  #modelOf(job: FinishedJob, id: string, { manifest, sizeBytes }: ArtefactDescription): ModelRecord {
    return {
      id,
      userId: job.userId,
      name: modelName({ modelId: id, userId: job.userId, baseModel: job.baseModel, suffix: job.suffix }),
      baseModel: job.baseModel,
      baseSource: manifest.base_model.source,
      jobName: job.jobName,
      datasetId: job.datasetId,
      method: job.hyperparameters.method,
      sizeBytes,
      parameters: manifest.parameters,
      contextWindow: manifest.context_window,
      heldOutLossBefore: job.heldOutLossBefore,
      heldOutLossAfter: job.heldOutLossAfter,
      parity: { verdict: "pending", prompts: 0, mismatches: 0, message: null, checked_at: null },
      createdAt: this.#dependencies.clock.now(),
    };
  }
}

const toTunedModel = (model: ModelRecord, deployment: Deployment | null): TunedModel => ({
  id: model.id,
  name: model.name,
  base_model: model.baseModel,
  job_name: model.jobName,
  dataset_id: model.datasetId,
  method: model.method,
  size_bytes: model.sizeBytes,
  parameters: model.parameters,
  context_window: model.contextWindow,
  held_out_loss_before: model.heldOutLossBefore,
  held_out_loss_after: model.heldOutLossAfter,
  parity: model.parity,
  deployment,
  created_at: model.createdAt.toISOString(),
});
