import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

export const root = join(import.meta.dirname, "../../..");

/** A TypeScript file of the project with its syntax tree. Paths are relative to the root, with forward slashes. */
export interface SourceFile {
  path: string;
  text: string;
  lines: number;
  tree: ts.SourceFile;
  isTest: boolean;
}

/** Something that a rule does not allow, with the place to look at. */
export interface Finding {
  path: string;
  line: number;
  message: string;
}

const testFile = /\.(int\.)?test\.tsx?$|\.suite\.ts$|\/testing\//;

/** Tracked and new files alike, so that a finding shows before the commit; ignored ones (builds, packages) are not ours. */
const listFiles = (): string[] =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(root, path)));

export const readSourceFiles = (): SourceFile[] =>
  listFiles()
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !/\.gen\.ts$|\.d\.ts$/.test(path))
    .map((path) => {
      const text = readFileSync(join(root, path), "utf8");
      return {
        path,
        text,
        lines: text.split("\n").length - 1,
        tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
        isTest: testFile.test(path) || path.startsWith("e2e/"),
      };
    });

/** Calls `visit` for every node of the tree, depth first. */
export const walk = (node: ts.Node, visit: (node: ts.Node) => void): void => {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
};

export const lineOf = (file: SourceFile, node: ts.Node): number =>
  file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree)).line + 1;
