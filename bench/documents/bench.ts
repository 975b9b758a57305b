/**
 * Runs one of the measurements of documents; each file says what it measures and what it takes. Usage:
 *
 *     npm run bench:documents -- <measurement> [its options]
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";

const measurements = readdirSync(import.meta.dirname)
  .filter((name) => /^[a-z]+\.ts$/.test(name) && name !== "bench.ts")
  .map((name) => name.slice(0, -3));
const [measurement = ""] = process.argv.splice(2, 1);
if (!measurements.includes(measurement)) throw new Error(`Say which measurement: ${measurements.join(", ")}.`);
await import(join(import.meta.dirname, `${measurement}.ts`));
