import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../commands/commands.ts", import.meta.url));

/** Runs one of the operator's commands as a process of its own, with nothing of this one's settings. */
export const runCommand = (
  parameters: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<{ code: number; output: string; errors: string }> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? "", ...settings };
    execFile(process.execPath, [entry, ...parameters], { env }, (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output, errors });
    });
  });
