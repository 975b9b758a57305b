/**
 * How many letters must be put in, left out, replaced or swapped with their neighbour to make one word of another
 * (optimal string alignment).
 */
export function editDistance(first: string, second: string): number {
  const from = Array.from(first);
  const to = Array.from(second);
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of from.entries()) {
    const current = [row + 1];
    for (const [column, other] of to.entries()) {
      const replaced = (last[column] ?? 0) + (letter === other ? 0 : 1);
      let least = Math.min(replaced, (last[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1);
      if (row > 0 && column > 0 && letter === to[column - 1] && from[row - 1] === other)
        least = Math.min(least, (beforeLast[column - 1] ?? 0) + 1);
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
