import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { LaunchError } from "./launch-error.mjs";
import { runQuietly } from "./steps.mjs";

/** The same places that the browser tests look in. */
const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
];

const hasAptAsRoot = () => {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync("apt-get", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    // No Debian and no Ubuntu: the person installs it as their system does.
    return false;
  }
};

/** The browser tests drive a real Chromium: found, or installed where this can be done without asking. */
export const installChromium = async () => {
  const named = process.env["CHROMIUM"];
  if (named !== undefined && !existsSync(named))
    throw new LaunchError(`CHROMIUM names ${named}, which does not exist.`);
  if (named !== undefined || places.some((place) => existsSync(place))) return;
  const remedy = "Install it (Debian and Ubuntu: apt-get install chromium), or name one in CHROMIUM.";
  if (!hasAptAsRoot()) throw new LaunchError(`The browser tests need Chromium, and none was found. ${remedy}`);
  console.log("Installing Chromium for the browser tests (once; about a minute) …");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const parameters of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "chromium"],
  ]) {
    const { code, output } = await runQuietly("apt-get", parameters, { env });
    if (code !== 0)
      throw new LaunchError(`Installing Chromium failed. ${remedy}\n${output.split("\n").slice(-5).join("\n")}`);
  }
};
