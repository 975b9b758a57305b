/** A value that is there, or one that is on its way. */
export type Awaitable<Value> = Value | Promise<Value>;

/**
 * Goes on with a value, at once where it is there. Nearly all that a request asks for lies in memory, and each promise for
 * such a thing costs as much as a step of the work.
 */
export const goOnWith = <Value, Result>(
  value: Awaitable<Value>,
  goOn: (value: Value) => Awaitable<Result>,
): Awaitable<Result> => (value instanceof Promise ? value.then(goOn) : goOn(value));
