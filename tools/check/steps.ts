import { spawn } from "node:child_process";

export interface Step {
  name: string;
  command: [string, ...string[]];
  cwd?: string;
}

interface Outcome {
  code: number | null;
  output: string;
}

const execute = ({ command: [program, ...parameters], cwd }: Step, root: string): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd: cwd ?? root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });

/** Many steps use one core only, some of them a gigabyte of memory. */
const atOnce = 2;

/** Runs every step, also after one has failed, so that one run shows all there is to mend. Resolves to whether all passed. */
export const runAll = async (steps: readonly Step[], root: string): Promise<boolean> => {
  const failed: string[] = [];
  const waiting = [...steps];
  const work = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const started = performance.now();
      const { code, output } = await execute(step, root);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? "ok    " : "FAILED"} ${step.name} (${seconds} s)`);
      if (code === 0) continue;
      failed.push(step.name);
      console.log(output.trimEnd());
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (failed.length > 0) console.log(`\n${failed.length} of ${steps.length} checks failed: ${failed.join("; ")}`);
  return failed.length === 0;
};
