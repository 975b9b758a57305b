import ts from "typescript";
import { lineOf, walk, type Finding, type SourceFile } from "./source-files.ts";

const fileLimit = 400;
const functionLimit = 80;
const componentLimit = 150;

/** Tables of data: long by nature and read as a list. Named one by one. */
const dataTables: ReadonlySet<string> = new Set();

const nameOf = (node: ts.Node): string => {
  if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.name) return node.name.getText();
  return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : "(anonymous)";
};

const isFunction = (node: ts.Node): boolean =>
  ts.isFunctionDeclaration(node) ||
  ts.isFunctionExpression(node) ||
  ts.isArrowFunction(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isConstructorDeclaration(node);

/** The callback of a test suite groups cases; it is a list and not a function that somebody follows. */
const isSuite = (node: ts.Node): boolean =>
  ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText());

const linesOf = (file: SourceFile, node: ts.Node): number =>
  file.tree.getLineAndCharacterOfPosition(node.end).line + 2 - lineOf(file, node);

/** Lines of the functions directly inside, which are measured on their own: a factory of closures is a small module. */
const nestedLines = (file: SourceFile, node: ts.Node): number => {
  let lines = 0;
  const descend = (child: ts.Node): void => {
    if (isFunction(child)) lines += linesOf(file, child) - 1;
    else child.forEachChild(descend);
  };
  node.forEachChild(descend);
  return lines;
};

/** Rule 5 of the architecture: files up to 400 lines, functions up to 80, React components up to 150. */
export const sizes = (files: readonly SourceFile[]): Finding[] => {
  const findings: Finding[] = [];
  for (const file of files) {
    if (file.lines > fileLimit && !dataTables.has(file.path)) {
      findings.push({ path: file.path, line: 1, message: `the file has ${file.lines} lines; at most ${fileLimit}` });
    }
    walk(file.tree, (node) => {
      if (!isFunction(node) || isSuite(node)) return;
      const length = linesOf(file, node) - nestedLines(file, node);
      const name = nameOf(node);
      const limit = file.path.endsWith(".tsx") && /^[A-Z]/.test(name) ? componentLimit : functionLimit;
      if (length > limit) {
        findings.push({
          path: file.path,
          line: lineOf(file, node),
          message: `${name} has ${length} lines; at most ${limit}`,
        });
      }
    });
  }
  return findings;
};
