import ts from "typescript";
import { type Finding, type SourceFile, walk } from "./source-files.ts";

const promiseRow = /^\| (SEC-\d\d) \|/;
const titleId = /^SEC-\d\d\b/;

export interface TextFile {
  path: string;
  text: string;
}

/** Ids at the beginning of the titles of tests and groups of tests. */
const testedIds = (files: readonly SourceFile[]): Set<string> => {
  const ids = new Set<string>();
  for (const file of files) {
    if (!file.isTest) continue;
    walk(file.tree, (node) => {
      if (!ts.isStringLiteralLike(node) && !ts.isTemplateHead(node)) return;
      const [id] = titleId.exec(node.text) ?? [];
      if (id !== undefined) ids.add(id);
    });
  }
  return ids;
};

/** What the security document promises is tested under the same id, and what is tested so is in the document. */
export const securityPromises = (files: readonly SourceFile[], document: TextFile): Finding[] => {
  const promised = new Map<string, number>();
  for (const [index, line] of document.text.split("\n").entries()) {
    const [, id] = promiseRow.exec(line) ?? [];
    if (id !== undefined) promised.set(id, index + 1);
  }
  const tested = testedIds(files);
  return [
    ...[...promised]
      .filter(([id]) => !tested.has(id))
      .map(([id, line]) => ({ path: document.path, line, message: `no test carries ${id} in its title` })),
    ...[...tested]
      .filter((id) => !promised.has(id))
      .map((id) => ({ path: document.path, line: 1, message: `${id} is tested and not promised` })),
  ];
};
