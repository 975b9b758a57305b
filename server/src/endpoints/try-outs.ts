import type { ServingTarget } from "./serving-process.ts";

/**
 * Models that a person is trying out at this moment. For as long as it lasts the gateway answers that person, and nobody
 * else, for the model without a deployment.
 */
export class TryOuts {
  readonly #open = new Map<string, { target: ServingTarget; count: number }>();

  /** Offers `target` to the user until the returned function is called. */
  begin(userId: string, target: ServingTarget): () => void {
    const key = keyOf(userId, target.model);
    const entry = this.#open.get(key) ?? { target, count: 0 };
    entry.count += 1;
    this.#open.set(key, entry);
    return () => {
      entry.count -= 1;
      if (entry.count === 0) this.#open.delete(key);
    };
  }

  find(userId: string, model: string): ServingTarget | undefined {
    return this.#open.get(keyOf(userId, model))?.target;
  }
}

const keyOf = (userId: string, model: string): string => JSON.stringify([userId, model]);
