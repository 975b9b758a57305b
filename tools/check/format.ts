import { join } from "node:path";
import { runAll } from "./steps.ts";

const root = join(import.meta.dirname, "../..");
const formatted = await runAll(
  [
    { name: "TypeScript", command: [join(root, "node_modules/.bin/oxfmt"), "."] },
    {
      name: "Python",
      command: [join(root, "trainer/.venv/bin/python"), "-m", "ruff", "format", "."],
      cwd: join(root, "trainer"),
    },
  ],
  root,
);
process.exitCode = formatted ? 0 : 1;
