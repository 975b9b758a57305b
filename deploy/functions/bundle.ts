/** `node deploy/functions/bundle.ts`: one file for each platform, with everything in it, in deploy/functions/dist. */
import { join } from "node:path";
import { build } from "rolldown";

const targets = [
  { entry: "worker.ts", platform: "browser" },
  { entry: "firebase.ts", platform: "node" },
  { entry: "lambda.ts", platform: "node" },
] as const;

for (const { entry, platform } of targets) {
  const file = join(import.meta.dirname, "dist", entry.replace(/\.ts$/, ".mjs"));
  await build({ input: join(import.meta.dirname, entry), platform, output: { file, format: "esm" }, logLevel: "warn" });
  console.log(file);
}
