import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { LaunchError } from "./launch-error.mjs";

const gibibyte = 2 ** 30;
const leastPython = [3, 10];
/** Packages, PyTorch and the database binaries together take about 3 GiB once unpacked. */
const installBytes = 5 * gibibyte;
const runBytes = gibibyte / 2;

/** @param {string} python @param {string} code */
const ask = (python, code) =>
  execFileSync(python, ["-c", code], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();

const pythonRemedy = `Install Python ${leastPython.join(".")} or newer with its venv module (Debian and Ubuntu: apt-get install python3 python3-venv), or name one in PYTHON.`;

/** The Python that makes the trainer's environment: PYTHON, else python3. */
export const systemPython = () => process.env["PYTHON"] ?? "python3";

const checkPython = () => {
  const python = systemPython();
  let version;
  try {
    version = ask(python, "import sys; print('.'.join(map(str, sys.version_info[:3])))");
  } catch (error) {
    throw new LaunchError(`Python was not found as "${python}". ${pythonRemedy}`, { cause: error });
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < leastPython[0] || (major === leastPython[0] && minor < leastPython[1])) {
    throw new LaunchError(`Python ${version} is too old. ${pythonRemedy}`);
  }
  try {
    ask(python, "import venv, ensurepip");
  } catch (error) {
    throw new LaunchError(`Python ${version} lacks its venv module. ${pythonRemedy}`, { cause: error });
  }
};

/** @param {string} root */
const checkDisk = (root) => {
  const { bavail, bsize } = statfsSync(root);
  const needed =
    existsSync(join(root, "node_modules")) && existsSync(join(root, "trainer/.venv")) ? runBytes : installBytes;
  const free = bavail * bsize;
  if (free < needed) {
    const [have, want] = [free, needed].map((bytes) => (bytes / gibibyte).toFixed(1));
    throw new LaunchError(
      `Only ${have} GiB are free where this folder lies, and ${want} GiB are needed. Free some space and start again.`,
    );
  }
  try {
    accessSync(root, constants.W_OK);
  } catch (error) {
    throw new LaunchError(`The folder ${root} cannot be written to. Clone the project into a folder of your own.`, {
      cause: error,
    });
  }
};

/** @param {number} port @param {string} host */
const canListen = (port, host) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });

const checkPort = async () => {
  const port = Number(process.env["PORT"] ?? 5000);
  if (await canListen(port, process.env["HOST"] ?? "127.0.0.1")) return;
  throw new LaunchError(
    `Port ${port} is taken by another program. Stop that program, or choose another port: PORT=5001 npm start.`,
  );
};

/**
 * Says in one sentence what the machine lacks, before anything is installed or changed.
 * @param {{ root: string, command: string, needsPython: boolean }} launch
 */
export const checkMachine = async ({ root, command, needsPython }) => {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) {
    throw new LaunchError(
      `Node.js ${process.versions.node} is too old. Install Node.js 20 or newer from https://nodejs.org.`,
    );
  }
  checkDisk(root);
  if (needsPython) checkPython();
  if (command === "start") await checkPort();
};
