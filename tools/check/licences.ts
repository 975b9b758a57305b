import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/**
 * What may be linked into the product. MPL-2.0 stands for tools of the build and the tests, whose files are not changed.
 */
const allowed = new Set([
  "MIT",
  "MIT-0",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "CC-BY-4.0",
  "OFL-1.1",
  "MPL-2.0",
  "Python-2.0",
  "PostgreSQL",
  "Unlicense",
  "Zlib",
]);

/** Packages whose manifest names no licence; the licence was read in the package itself. */
const readByHand: Record<string, string> = {};

const Lock = z.object({
  packages: z.record(z.string(), z.object({ license: z.string().optional(), link: z.boolean().optional() })),
});

const root = join(import.meta.dirname, "../..");
const { packages } = Lock.parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")));

/** `(MIT OR Apache-2.0)` needs one allowed member, `MIT AND ISC` needs all. */
const isAllowed = (licence: string): boolean => {
  const expression = licence.replaceAll(/[()]/g, "");
  return expression.split(" OR ").some((choice) => choice.split(" AND ").every((name) => allowed.has(name.trim())));
};

const installed = Object.entries(packages).filter(
  ([path, { link }]) => path.includes("node_modules/") && link !== true,
);
const refused = installed.flatMap(([path, { license }]) => {
  const name = path.split("node_modules/").at(-1) ?? path;
  const licence = license ?? readByHand[name];
  if (licence === undefined) return [`${name} names no licence`];
  return isAllowed(licence) ? [] : [`${name} is under ${licence}`];
});

for (const line of refused) console.error(line);
console.log(`licences: ${installed.length} packages, ${refused.length} refused`);
process.exitCode = refused.length === 0 ? 0 : 1;
