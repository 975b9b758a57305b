import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { LaunchError } from "./launch-error.mjs";
import { nodeBinary } from "./node-packages.mjs";
import { digest, isStamped, runQuietly, stamp } from "./steps.mjs";

/** @param {string} folder @returns {string[]} */
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/**
 * Builds the web client unless the built one comes from the same sources.
 * @param {string} root
 */
export const buildWeb = async (root) => {
  const web = join(root, "web");
  const sources = [
    ...filesBelow(join(web, "src")),
    ...filesBelow(join(root, "contract/src")),
    ...["index.html", "package.json", "vite.config.ts"].map((name) => join(web, name)),
    join(root, "package-lock.json"),
  ];
  const wanted = digest(...sources.flatMap((path) => [relative(root, path), readFileSync(path)]));
  const stampPath = join(web, "dist/.built");
  if (isStamped(stampPath, wanted)) return;
  console.log("Building the web client …");
  const { code, output } = await runQuietly(nodeBinary(root), [join(root, "node_modules/vite/bin/vite.js"), "build"], {
    cwd: web,
  });
  if (code !== 0) throw new LaunchError(`Building the web client failed:\n${output.split("\n").slice(-20).join("\n")}`);
  stamp(stampPath, wanted);
};
