import ts from "typescript";
import { type Finding, lineOf, type SourceFile, walk } from "./source-files.ts";

/** What of a page is read as it is at this moment, while the page may be about to change. */
const readings = new Set([
  "allInnerTexts",
  "allTextContents",
  "count",
  "getAttribute",
  "innerHTML",
  "innerText",
  "inputValue",
  "isChecked",
  "isDisabled",
  "isEditable",
  "isEnabled",
  "isHidden",
  "isVisible",
  "textContent",
  "url",
]);

/** The one place that says how long a condition may take. */
const waiting = "server/src/platform/testing/until.ts";

const nameOfCall = (node: ts.Node | undefined): string | undefined =>
  node !== undefined && ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)
    ? node.expression.name.text
    : undefined;

const isReadOnce = (node: ts.CallExpression): boolean => {
  if (node.expression.getText() !== "expect") return false;
  const [asserted] = node.arguments;
  const read = nameOfCall(asserted !== undefined && ts.isAwaitExpression(asserted) ? asserted.expression : asserted);
  return read !== undefined && readings.has(read);
};

const messageOf = (node: ts.CallExpression, { path, text }: SourceFile): string | undefined => {
  if (text.includes('from "playwright-core"') && isReadOnce(node))
    return "a page changes in its own time: write `await expect.poll(() => …)` instead of reading it once";
  const called = node.expression.getText();
  if (/^vi\.wait(For|Until)$/.test(called) && path !== waiting)
    return `${called} gives up after a second: use \`until\` of ${waiting}, or \`expect.poll\``;
  if (/^expect\s*\.poll$/.test(called) && node.arguments[1]?.getText().includes("timeout") === true)
    return "how long a test waits is set once for all, in vitest.config.ts";
  return undefined;
};

/** No test fails because a machine is slow: what changes in time is asked for until it is there. */
export const patientTests = (files: readonly SourceFile[]): Finding[] => {
  const findings: Finding[] = [];
  for (const file of files.filter(({ isTest }) => isTest)) {
    walk(file.tree, (node) => {
      const message = ts.isCallExpression(node) ? messageOf(node, file) : undefined;
      if (message !== undefined) findings.push({ path: file.path, line: lineOf(file, node), message });
    });
  }
  return findings;
};
