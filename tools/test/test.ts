import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countTests, type Counts, passedLater, secondTry, VitestReport, withSecondTry } from "./vitest-report.ts";

const root = join(import.meta.dirname, "../..");

const execute = (program: string, parameters: readonly string[], cwd: string, env = process.env): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd, env, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });

/** A run that broke before it could count (a syntax error, a failed set-up) counts as one failure. */
const counted = ({ passed, failed }: Counts, code: number): Counts => ({
  passed,
  failed: code !== 0 && failed === 0 ? 1 : failed,
});

interface VitestRun {
  code: number;
  /** Undefined when vitest ended before it could write one. */
  report: VitestReport | undefined;
}

const vitestOnce = async (folder: string, parameters: readonly string[]): Promise<VitestRun> => {
  const path = join(await mkdtemp(join(folder, "run-")), "vitest.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const code = await execute(
    process.execPath,
    [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile=${path}`, ...parameters],
    root,
    // Many tests start the whole server: it is compiled once for all of them.
    { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") },
  );
  const text = await readFile(path, "utf8").catch(() => undefined);
  return { code, report: text === undefined ? undefined : VitestReport.parse(JSON.parse(text)) };
};

/** See docs/decisions/2026-11-22-a-second-try.md. */
const runVitest = async (folder: string, parameters: readonly string[]): Promise<Counts> => {
  const first = await vitestOnce(folder, parameters);
  if (first.report === undefined) return { passed: 0, failed: 1 };
  const again = secondTry(first.report, root);
  if (again.length === 0) return counted(countTests(first.report), first.code);
  console.log(`\nTrying ${again.join(" and ")} once more:`);
  const second = await vitestOnce(folder, again);
  if (second.report === undefined) return counted(countTests(first.report), first.code);
  for (const line of passedLater(first.report, second.report, root))
    console.log(`Passed only when tried again: ${line}`);
  return counted(countTests(withSecondTry(first.report, second.report)), second.code);
};

const runPytest = async (folder: string): Promise<Counts> => {
  const report = join(folder, "pytest.xml");
  const trainer = join(root, "trainer");
  const code = await execute(
    join(trainer, ".venv/bin/python"),
    ["-m", "pytest", "-q", `--junitxml=${report}`],
    trainer,
  );
  const suite = /<testsuite [^>]*>/.exec(await readFile(report, "utf8").catch(() => ""))?.[0];
  if (suite === undefined) return { passed: 0, failed: 1 };
  const number = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return counted({ passed: number("tests") - failed - number("skipped"), failed }, code);
};

/** Runs every test of the project, or the vitest files whose path contains one of the given words. */
const runEverything = async (): Promise<Counts> => {
  const folder = await mkdtemp(join(tmpdir(), "llm-tuner-test-"));
  try {
    const words = process.argv.slice(2);
    const results = [await runVitest(folder, words)];
    if (words.length === 0) results.push(await runPytest(folder));
    return {
      passed: results.reduce((sum, { passed }) => sum + passed, 0),
      failed: results.reduce((sum, { failed }) => sum + failed, 0),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const { passed, failed } = await runEverything();
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);
