/**
 * - `refused`: the address, or where it leads, is not one that is fetched;
 * - `not_found`: its server says that it is not there, or not for us;
 * - `unreachable`: the server did not answer as it should.
 */
export type GuardedFetchFault = "refused" | "not_found" | "unreachable" | "too_large" | "took_too_long";

/** Why something was not fetched, in words for whoever named the address. Nothing of the inner network lies in them. */
export class GuardedFetchError extends Error {
  override readonly name = "GuardedFetchError";
  readonly fault: GuardedFetchFault;

  constructor(message: string, { fault = "refused", cause }: { fault?: GuardedFetchFault; cause?: unknown } = {}) {
    super(message, { cause });
    this.fault = fault;
  }
}
