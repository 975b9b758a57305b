// Entry of every npm script. Plain JavaScript for any Node.js from 20 on and without a dependency, because it is what
// installs the dependencies and the Node.js that the rest of the project runs on.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { installChromium } from "./chromium.mjs";
import { withInstallLock } from "./install-lock.mjs";
import { LaunchError, fail } from "./launch-error.mjs";
import { installNodePackages, nodeBinary } from "./node-packages.mjs";
import { checkMachine } from "./preflight.mjs";
import { installPython } from "./python-environment.mjs";
import { buildWeb } from "./web-build.mjs";

export const root = join(import.meta.dirname, "../..");

/**
 * What each command needs before it can run, and the program that it is.
 * @type {Record<string, { program: string, python?: "run" | "develop", web?: boolean, browser?: boolean }>}
 */
const commands = {
  start: { program: "server/src/main/server.ts", python: "run", web: true },
  admin: { program: "server/src/main/commands/commands.ts" },
  demo: { program: "tools/demo/demo.ts", python: "run", web: true },
  "bench:gateway": { program: "bench/gateway/bench.ts" },
  "bench:documents": { program: "bench/documents/bench.ts" },
  "fault-run": { program: "e2e/fault-run/fault-run.ts" },
  "chaos:documents": { program: "e2e/document-chaos/document-chaos.ts" },
  test: { program: "tools/test/test.ts", python: "develop", web: true, browser: true },
  check: { program: "tools/check/check.ts", python: "develop" },
  sbom: { program: "tools/check/supply/sbom.ts" },
  generate: { program: "tools/generate/generate.ts" },
  format: { program: "tools/check/format.ts", python: "develop" },
};

/**
 * Runs the program and ends as it ends. Signals are passed on, so that Ctrl+C and a service manager reach it.
 * @param {string} program
 * @param {string[]} parameters
 */
const run = (program, parameters) => {
  const child = spawn(nodeBinary(root), [join(root, program), ...parameters], { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(new LaunchError(`Node.js could not be started: ${error.message}.`)));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
};

const [name = "", ...parameters] = process.argv.slice(2);
const command = commands[name];
try {
  if (command === undefined)
    throw new LaunchError(`Unknown command "${name}". There are: ${Object.keys(commands).join(", ")}.`);
  await checkMachine({ root, command: name, needsPython: command.python !== undefined });
  await withInstallLock(root, async () => {
    if (command.browser === true) await installChromium();
    await installNodePackages(root);
    if (command.python !== undefined) await installPython(root, command.python);
    if (command.web === true) await buildWeb(root);
  });
  run(command.program, parameters);
} catch (error) {
  fail(error);
}
