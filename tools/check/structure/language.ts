import ts from "typescript";
import { lineOf, walk, type Finding, type SourceFile } from "./source-files.ts";

const isConst = (node: ts.AsExpression): boolean => node.type.getText() === "const";

const hasReason = (file: SourceFile, line: number): boolean => {
  const lines = file.text.split("\n");
  const comment = /\/\/|\*\/|^\s*\*/;
  return comment.test(lines[line - 1] ?? "") || comment.test(lines[line - 2] ?? "");
};

/** A type assertion overrides the compiler, so it says why, on its line or the one above. */
export const explainedAssertions = (files: readonly SourceFile[]): Finding[] => {
  const findings: Finding[] = [];
  for (const file of files) {
    walk(file.tree, (node) => {
      if (!ts.isAsExpression(node) || isConst(node)) return;
      const line = lineOf(file, node);
      const end = file.tree.getLineAndCharacterOfPosition(node.end).line + 1;
      const statement = ts.findAncestor(node, ts.isStatement);
      const places = [line, end, ...(statement ? [lineOf(file, statement)] : [])];
      if (!places.some((place) => hasReason(file, place))) {
        findings.push({
          path: file.path,
          line,
          message: `"as ${node.type.getText()}" without a comment that says why it holds`,
        });
      }
    });
  }
  return findings;
};

/** Domains throw what their `x.errors.ts` makes: a plain Error would reach the client as a 500 without a word. */
export const noPlainErrors = (files: readonly SourceFile[], domains: readonly string[]): Finding[] => {
  const findings: Finding[] = [];
  for (const file of files) {
    if (file.isTest || !domains.some((domain) => file.path.startsWith(`server/src/${domain}/`))) continue;
    walk(file.tree, (node) => {
      if (!ts.isThrowStatement(node) || !ts.isNewExpression(node.expression)) return;
      if (node.expression.expression.getText() !== "Error") return;
      findings.push({
        path: file.path,
        line: lineOf(file, node),
        message: "throws a plain Error: make a factory in the domain's errors file",
      });
    });
  }
  return findings;
};

/** One reader of the environment per deliverable; tests and the launcher pass it on to the processes that they start. */
const environmentReaders = new Set([
  "server/src/main/environment.ts",
  "web/src/app/environment.ts",
  "vitest.config.ts",
]);

/** Rule 7 of the architecture. */
export const environmentInOnePlace = (files: readonly SourceFile[]): Finding[] =>
  files
    .filter(
      ({ path, isTest }) => /^(contract|gateway|server|web)\//.test(path) && !isTest && !environmentReaders.has(path),
    )
    .flatMap((file) => {
      const line = file.text.split("\n").findIndex((text) => /\bprocess\.env\b|\bimport\.meta\.env\b/.test(text));
      return line < 0
        ? []
        : [
            {
              path: file.path,
              line: line + 1,
              message: `reads the environment; only ${[...environmentReaders].join(", ")} do`,
            },
          ];
    });
