import { relative } from "node:path";
import { z } from "zod";

export interface Counts {
  passed: number;
  failed: number;
}

/** What vitest's JSON reporter writes, as far as it is needed here. */
export const VitestReport = z.object({
  testResults: z.array(
    z.object({
      /** The file's absolute path. */
      name: z.string(),
      /** Failed, too, when the file could not be loaded or its set-up broke: then no test of it need have. */
      status: z.enum(["passed", "failed"]),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});
export type VitestReport = z.infer<typeof VitestReport>;

type FileResult = VitestReport["testResults"][number];

const titlesOf = (file: FileResult, status: string): string[] =>
  file.assertionResults.filter((test) => test.status === status).map(({ fullName }) => fullName);

/** A file that broke outside its tests counts as one failure. */
const countFile = (file: FileResult): Counts => {
  const failed = titlesOf(file, "failed").length;
  return {
    passed: titlesOf(file, "passed").length,
    failed: file.status === "failed" && failed === 0 ? 1 : failed,
  };
};

export const countTests = ({ testResults }: VitestReport): Counts =>
  testResults
    .map(countFile)
    .reduce((sum, file) => ({ passed: sum.passed + file.passed, failed: sum.failed + file.failed }), {
      passed: 0,
      failed: 0,
    });

/** More than these do not fail by chance. */
const filesByChance = 2;

/**
 * The browser tests that get a second try, as paths relative to `root`: none unless they are few and all that failed,
 * since a run that is red anyway need not be longer.
 */
export const secondTry = ({ testResults }: VitestReport, root: string): string[] => {
  const failed = testResults.filter(({ status }) => status === "failed").map(({ name }) => relative(root, name));
  return failed.length <= filesByChance && failed.every((path) => path.startsWith("e2e/")) ? failed : [];
};

/** The first run with the results of the second in the place of its own. */
export const withSecondTry = (first: VitestReport, second: VitestReport): VitestReport => {
  const again = new Map(second.testResults.map((file) => [file.name, file]));
  return { testResults: first.testResults.map((file) => again.get(file.name) ?? file) };
};

/** A line for each file that passed only when it was tried again: each is a fault to be found. */
export const passedLater = (first: VitestReport, second: VitestReport, root: string): string[] =>
  first.testResults.flatMap((file) => {
    const again = second.testResults.find(({ name }) => name === file.name);
    if (again?.status !== "passed") return [];
    return [`${relative(root, file.name)}: ${titlesOf(file, "failed").join("; ") || "its set-up"}`];
  });
