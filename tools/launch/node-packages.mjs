import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LaunchError } from "./launch-error.mjs";
import { digest, explainInstallFailure, isStamped, runQuietly, stamp } from "./steps.mjs";

/** The project's TypeScript runs by type stripping, which is stable from this version on. */
const leastNode = [22, 19];

/** @param {string} version */
const isNewEnough = (version) => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
};

/**
 * The pinned Node.js from the lock file where the platform has one, else the machine's own if it is new enough.
 * @param {string} root
 */
export const nodeBinary = (root) => {
  const pinned = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin/node");
  if (existsSync(pinned)) return pinned;
  if (isNewEnough(process.versions.node)) return process.execPath;
  throw new LaunchError(
    `Node.js ${process.versions.node} is too old and none is bundled for ${process.platform} ${process.arch}. Install Node.js 24 from https://nodejs.org.`,
  );
};

/**
 * Installs the locked packages unless they are in place. Install scripts stay off: nothing here needs them.
 * @param {string} root
 */
export const installNodePackages = async (root) => {
  const stampPath = join(root, "node_modules/.installed");
  const wanted = digest(readFileSync(join(root, "package-lock.json")), process.platform, process.arch);
  if (isStamped(stampPath, wanted)) return;
  console.log("Installing the npm packages (once; about a minute) …");
  const { code, output } = await runQuietly("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: root,
  });
  if (code !== 0) throw new LaunchError(explainInstallFailure("Installing the npm packages", output));
  stamp(stampPath, wanted);
};
