import { createReadStream } from "node:fs";
import { appendFile, readFile, writeFile } from "node:fs/promises";

const years = Array.from({ length: 55 }, (_, index) => 1970 + index);
const sectors = [
  "Agriculture",
  "Mining",
  "Manufacturing",
  "Electricity, gas and water",
  "Construction",
  "Wholesale trade",
  "Transport",
  "Finance",
];
const levels = ["in total", "small enterprises", "large enterprises", "state-owned", "self-employed"];
const variables = [
  "Total income",
  "Sales, grants and subsidies",
  "Interest, dividends and donations",
  "Salaries and wages",
  "Closing stocks",
];
const categories = ["Financial performance", "Financial position", "Financial ratios", "Employment", "Capital"];

const cell = (text: string): string => (text.includes(",") ? `"${text}"` : text);

/** A survey as statistics offices publish it: 55,000 rows, all different, six columns, commas in quoted fields. */
export async function writeSurveyTable(path: string): Promise<number> {
  await writeFile(path, "Year,Level,Industry,Units,Variable,Category\n");
  let rows = 0;
  for (const year of years) {
    const lines = sectors.flatMap((sector) =>
      levels.flatMap((level) =>
        variables.flatMap((variable) =>
          categories.map((category) =>
            [String(year), level, cell(sector), "Dollars (millions)", cell(variable), category].join(","),
          ),
        ),
      ),
    );
    rows += lines.length;
    await appendFile(path, `${lines.join("\n")}\n`);
  }
  return rows;
}

/** A given table with all its rows `times` over, under one header. */
export async function writeRepeated({
  from,
  path,
  times,
}: {
  from: string;
  path: string;
  times: number;
}): Promise<number> {
  const text = await readFile(from, "utf8");
  const header = text.slice(0, text.indexOf("\n") + 1);
  const body = text.slice(header.length);
  await writeFile(path, header);
  for (let count = 0; count < times; count += 1) await appendFile(path, body.endsWith("\n") ? body : `${body}\n`);
  let rows = -1;
  for await (const chunk of createReadStream(path, "utf8")) rows += String(chunk).split("\n").length - 1;
  return rows;
}
