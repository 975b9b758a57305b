const candidates = [",", ";", "\t", "|"] as const;
export type Delimiter = (typeof candidates)[number];

/** Excel writes this line before a table whose delimiter is not the one of its language. */
export const excelHint = /^sep=([,;\t|])\n/;

/** How often each candidate stands outside quotes in each of the first rows. */
function countByRow(head: string): Map<Delimiter, number>[] {
  const rows: Map<Delimiter, number>[] = [new Map()];
  let quoted = false;
  for (const character of head) {
    if (character === '"') quoted = !quoted;
    if (quoted) continue;
    if (character === "\n") rows.push(new Map());
    const delimiter = candidates.find((candidate) => candidate === character);
    const row = rows.at(-1);
    if (delimiter !== undefined && row) row.set(delimiter, (row.get(delimiter) ?? 0) + 1);
  }
  return rows;
}

/**
 * The delimiter of a table from the beginning of its text: the one that cuts most of the first rows into as many
 * fields as the header; of equals, the one that makes more fields.
 */
export function sniffDelimiter(head: string): Delimiter {
  const hint = excelHint.exec(head)?.[1];
  const hinted = candidates.find((candidate) => candidate === hint);
  if (hinted !== undefined) return hinted;
  const [header, ...rows] = countByRow(head).slice(0, 50);
  const complete = rows.slice(0, -1);
  const scored = candidates.map((delimiter) => {
    const inHeader = header?.get(delimiter) ?? 0;
    const agreeing = complete.filter((row) => row.get(delimiter) === inHeader).length;
    return { delimiter, inHeader, agreeing: inHeader === 0 ? -1 : agreeing };
  });
  const [best] = scored.sort((a, b) => b.agreeing - a.agreeing || b.inHeader - a.inHeader);
  return best?.delimiter ?? ",";
}
