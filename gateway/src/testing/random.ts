/** Numbers that look random and are the same in every run, so that a failure can be repeated. */
export interface Random {
  /** A whole number from 0 to below the limit. */
  below(limit: number): number;
  chance(): boolean;
  pick<const Item>(items: readonly [Item, ...Item[]]): Item;
}

/** A linear congruential generator (the constants of POSIX's `rand`). */
export const seededRandom = (seed: number): Random => {
  let state = seed % 2_147_483_648;
  const below = (limit: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    // The low bits of such generators repeat soon.
    return Math.floor((state / 2_147_483_648) * limit);
  };
  return {
    below,
    chance: () => below(2) === 1,
    pick: (items) => items[below(items.length)] ?? items[0],
  };
};
