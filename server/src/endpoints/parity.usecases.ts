import type { Parity } from "@llm-tuner/contract/models.ts";
import type { ParityRecord } from "@llm-tuner/contract/run-folder.ts";
import type { ModelRecord, ModelsModule } from "../models/models.module.ts";
import type { Clock } from "../platform/time/clock.ts";
import { modelGone, parityNotPassed } from "./endpoints.errors.ts";
import { countMismatches } from "./parity-check.ts";
import type { ServingManager } from "./serving-manager.ts";
import type { ServingTargets } from "./serving-targets.ts";

export interface ParityUsecasesDependencies {
  models: Pick<ModelsModule, "find" | "parityRecord" | "recordParity">;
  serving: ServingManager;
  targets: ServingTargets;
  clock: Clock;
}

/** Compares what is served with what was trained, and writes the verdict to the model. */
export class ParityUsecases {
  readonly #dependencies: ParityUsecasesDependencies;
  readonly #running = new Map<string, Promise<Parity>>();
  readonly #stopping = new AbortController();

  constructor(dependencies: ParityUsecasesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Checks a model now and resolves to the verdict. Who asks while a check runs gets its verdict. */
  check(modelId: string): Promise<Parity> {
    const running = this.#running.get(modelId);
    if (running !== undefined) return running;
    const check = this.#checkAndRecord(modelId).finally(() => this.#running.delete(modelId));
    this.#running.set(modelId, check);
    return check;
  }

  /** The check after each tuning. Throws when it could not run, so that the queue tries again. */
  async checkQueued(modelId: string): Promise<void> {
    if ((await this.#dependencies.models.find(modelId)) === undefined) return;
    const parity = await this.check(modelId);
    // Without prompts there is nothing to compare, today or tomorrow.
    if (parity.verdict === "error" && parity.prompts > 0) throw parityNotPassed(parity);
  }

  /** Gives up the checks that run, without a verdict. */
  stop(): void {
    this.#stopping.abort();
  }

  async #checkAndRecord(modelId: string): Promise<Parity> {
    const { models, clock } = this.#dependencies;
    const model = await models.find(modelId);
    if (model === undefined) throw modelGone();
    const record = await models.parityRecord(modelId);
    const outcome = await this.#compare(model, record);
    const parity = { ...outcome, prompts: record?.prompts.length ?? 0, checked_at: clock.now().toISOString() };
    await models.recordParity(modelId, parity);
    return parity;
  }

  async #compare(
    model: ModelRecord,
    record: ParityRecord | undefined,
  ): Promise<Pick<Parity, "verdict" | "mismatches" | "message">> {
    if (record === undefined || record.prompts.length === 0) {
      return { verdict: "error", mismatches: 0, message: "The tuning left no golden prompts to compare with." };
    }
    const { serving, targets } = this.#dependencies;
    const signal = this.#stopping.signal;
    try {
      const { target } = await targets.tuned(model);
      const lease = await serving.acquire(target, signal);
      try {
        const mismatches = await countMismatches({ lease, model: target.model, record, signal });
        return { verdict: mismatches === 0 ? "passed" : "failed", mismatches, message: null };
      } finally {
        lease.release();
      }
    } catch (error) {
      // The server is being stopped: that says nothing about the model, and the queue delivers the check again.
      if (signal.aborted) throw error;
      return { verdict: "error", mismatches: 0, message: error instanceof Error ? error.message : String(error) };
    }
  }
}
