/**
 * The entry of a table by a word that comes from outside. Only the table's own entries count: `constructor` and the like,
 * which every object answers to, are in none.
 */
export const lookUp = <Entry>(table: Readonly<Record<string, Entry>>, word: string): Entry | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined;
