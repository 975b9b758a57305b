import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import type { Finding, SourceFile } from "./source-files.ts";

/**
 * The folder that counts as one part: a domain, a step of the gateway, a feature of the web client. A file directly in the
 * folder that holds the parts (a port, an error class, the root that composes them) is a part of its own.
 */
const partOf = (path: string): string => {
  const parts = path.split("/");
  const depth = path.startsWith("server/src/platform/") || path.startsWith("web/src/features/") ? 4 : 3;
  return parts.length <= depth ? path : parts.slice(0, depth).join("/");
};

/** Relative imports that exist at run time: type-only ones vanish when types are stripped. */
const runtimeImports = (file: SourceFile): string[] =>
  file.tree.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    if (statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
    const bindings = statement.importClause?.namedBindings;
    const onlyTypes =
      bindings !== undefined &&
      ts.isNamedImports(bindings) &&
      statement.importClause?.name === undefined &&
      bindings.elements.every((element) => element.isTypeOnly);
    const target = statement.moduleSpecifier.text;
    return onlyTypes || !target.startsWith(".") ? [] : [normalize(join(dirname(file.path), target))];
  });

type Graph = Map<string, Set<string>>;

const reaches = (graph: Graph, from: string, to: string): boolean => {
  const seen = new Set<string>();
  const open = [from];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    for (const next of graph.get(part) ?? []) {
      if (next === to) return true;
      if (!seen.has(next)) {
        seen.add(next);
        open.push(next);
      }
    }
  }
  return false;
};

/** Rule 3 of the architecture: folders, like files, import in one direction. */
export const folderCycles = (files: readonly SourceFile[]): Finding[] => {
  const graph: Graph = new Map();
  for (const file of files.filter(({ isTest }) => !isTest)) {
    const from = partOf(file.path);
    for (const target of runtimeImports(file)) {
      const to = partOf(target);
      if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
  }
  return [...graph.keys()]
    .filter((part) => reaches(graph, part, part))
    .map((path) => ({ path, line: 1, message: "lies on a cycle of folders" }));
};
