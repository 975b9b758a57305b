import { join } from "node:path";
import { runAll, type Step } from "./steps.ts";

const root = join(import.meta.dirname, "../..");
const node = process.execPath;
const bin = (name: string): string => join(root, "node_modules/.bin", name);
const python = join(root, "trainer/.venv/bin/python");
const typescript = join(root, "node_modules/typescript-7/bin/tsc");
const trainer = { cwd: join(root, "trainer") };

/** Everything that must hold of the code without running it; each step names the rule that it keeps. */
const steps: Step[] = [
  // npm forgets packages of other platforms when it updates a lock beside installed ones, and "npm ci" then refuses it.
  { name: "lock file", command: ["npm", "ci", "--dry-run", "--ignore-scripts", "--no-audit", "--no-fund"] },
  { name: "format", command: [bin("oxfmt"), "--check", "."] },
  { name: "lint", command: [bin("oxlint"), "--deny-warnings"] },
  { name: "types", command: [node, typescript, "-p", "tsconfig.json"] },
  { name: "types of the web client", command: [node, typescript, "-p", "web/tsconfig.json"] },
  {
    name: "sizes, roles, assertions, environment, folder cycles",
    command: [node, "tools/check/structure/structure.ts"],
  },
  {
    name: "module order, doors, import cycles",
    command: [
      node,
      bin("depcruise"),
      "--config",
      ".dependency-cruiser.mjs",
      "contract",
      "gateway",
      "server",
      "web/src",
      "tools",
      "e2e",
    ],
  },
  { name: "dead code and dependencies", command: [node, bin("knip")] },
  { name: "generated files", command: [node, "tools/generate/generate.ts", "--check"] },
  { name: "supply chain", command: [node, "tools/check/supply/supply.ts"] },
  { name: "licences", command: [node, "tools/check/licences.ts"] },
  { name: "Python lint", command: [python, "-m", "ruff", "check", "."], ...trainer },
  { name: "Python format", command: [python, "-m", "ruff", "format", "--check", "."], ...trainer },
  { name: "Python types", command: [python, "-m", "mypy"], ...trainer },
];

process.exitCode = (await runAll(steps, root)) ? 0 : 1;
