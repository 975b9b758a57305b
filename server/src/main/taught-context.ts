import type { BaseModelsModule } from "../base-models/base-models.module.ts";
import type { ModelsModule } from "../models/models.module.ts";

type BaseModels = Pick<BaseModelsModule, "find">;

/**
 * Tokens of an example that a base model learns whole, by the usual settings of its training; null when nobody knows. A
 * model may take in more, but answers best within the length that it was taught with.
 */
export function taughtTokensOf(baseModels: BaseModels, name: string): number | null {
  const base = baseModels.find(name);
  if (base === undefined) return null;
  return Math.min(base.context_window ?? Infinity, base.default_hyperparameters.max_sequence_length);
}

/** The same of a tuned model, by its name, or of a base model. */
export async function taughtTokensOfModel(
  { baseModels, models }: { baseModels: BaseModels; models: Pick<ModelsModule, "findByName"> },
  name: string,
): Promise<number | null> {
  const base = taughtTokensOf(baseModels, name);
  if (base !== null) return base;
  const model = await models.findByName(name);
  if (model === undefined) return null;
  return Math.min(model.contextWindow, taughtTokensOf(baseModels, model.baseModel) ?? model.contextWindow);
}
