import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LaunchError } from "./launch-error.mjs";
import { systemPython } from "./preflight.mjs";
import { digest, explainInstallFailure, isStamped, runQuietly, stamp } from "./steps.mjs";

/** @param {string} what @param {string} program @param {string[]} parameters @param {string} root */
const step = async (what, program, parameters, root) => {
  const { code, output } = await runQuietly(program, parameters, { cwd: root });
  if (code !== 0) throw new LaunchError(explainInstallFailure(what, output));
};

/**
 * Makes the trainer's environment from its pinned requirements unless it is in place. PyTorch goes first and alone, so
 * that no other package's looser range can choose a different build.
 * @param {string} root
 * @param {"run" | "develop"} purpose `develop` adds the tools of the tests and checks
 */
export const installPython = async (root, purpose) => {
  const environment = join(root, "trainer/.venv");
  const python = join(environment, "bin/python");
  const requirements = join(root, "trainer/requirements.txt");
  const developRequirements = join(root, "trainer/requirements-dev.txt");
  const pinned = readFileSync(requirements, "utf8");
  const torch = pinned.split("\n").find((line) => line.startsWith("torch=="));
  if (torch === undefined)
    throw new LaunchError("trainer/requirements.txt names no torch version. Restore the file from git.");
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--quiet"];

  const runStamp = join(environment, ".installed-run");
  const wantedRun = digest(pinned, environment);
  if (!isStamped(runStamp, wantedRun)) {
    console.log("Installing the trainer's Python packages (once; a few minutes, PyTorch is large) …");
    rmSync(environment, { recursive: true, force: true });
    await step("Making the Python environment", systemPython(), ["-m", "venv", environment], root);
    await step("Installing PyTorch", python, [...pip, torch.trim()], root);
    await step("Installing the trainer's packages", python, [...pip, "-r", requirements], root);
    stamp(runStamp, wantedRun);
  }
  if (purpose === "run") return;

  const developStamp = join(environment, ".installed-develop");
  const wantedDevelop = digest(pinned, readFileSync(developRequirements, "utf8"), environment);
  if (isStamped(developStamp, wantedDevelop)) return;
  console.log("Installing the tools of the trainer's tests …");
  await step("Installing the test tools", python, [...pip, "-r", developRequirements], root);
  stamp(developStamp, wantedDevelop);
};
