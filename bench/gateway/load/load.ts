import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { z } from "zod";
import { Answer, Flooded, type Order, Paired, type RequestShape, Steadied, type Target, Verified } from "./orders.ts";

/** Requests from a process of their own, so that making and reading them is in nobody's CPU time but its own. */
export class Load {
  readonly #child: ChildProcess = fork(new URL("./load-process.ts", import.meta.url));
  /** Resolves to what an order is answered with when there is no process any more that could answer it. */
  readonly #ended: Promise<unknown[]> = once(this.#child, "exit").then(([code]) => [
    { failed: `The load process ended with code ${code}.` },
  ]);

  async #order<Schema extends z.ZodType>(schema: Schema, order: Order): Promise<z.output<Schema>> {
    const answered = Promise.withResolvers<unknown[]>();
    const answer = (message: unknown): void => answered.resolve([message]);
    this.#child.once("message", answer);
    this.#child.send(order);
    const [message] = await Promise.race([answered.promise, this.#ended]);
    this.#child.off("message", answer);
    const result = Answer.parse(message);
    if ("failed" in result) throw new Error(result.failed);
    return schema.parse(result.done);
  }

  verify(target: Target, shape: RequestShape) {
    return this.#order(Verified, { kind: "verify", target, shape });
  }

  flood(target: Target, options: { shape: RequestShape; connections: number; durationMs: number }) {
    return this.#order(Flooded, { kind: "flood", target, ...options });
  }

  pairs(targets: { direct: Target; subject: Target }, options: { shape: RequestShape; pairs: number }) {
    return this.#order(Paired, { kind: "pairs", ...targets, ...options });
  }

  steady(target: Target, options: { ratePerSecond: number; durationMs: number }) {
    return this.#order(Steadied, { kind: "steady", target, ...options });
  }

  stop(): void {
    this.#child.kill();
  }
}
