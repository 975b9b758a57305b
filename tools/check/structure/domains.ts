import ts from "typescript";
import { lineOf, walk, type Finding, type SourceFile } from "./source-files.ts";

/** Rule 1 of the architecture: the closed list of roles a file of a domain may carry in its name. */
const roles = [
  "routes",
  "usecases",
  "store",
  "jobs",
  "errors",
  "config",
  "events",
  "policy",
  "module",
  "suite",
  "test",
];

const domainOf = (path: string, domains: readonly string[]): string | undefined =>
  domains.find((domain) => path.startsWith(`server/src/${domain}/`));

export const knownRoles = (files: readonly SourceFile[], domains: readonly string[]): Finding[] =>
  files
    .filter(({ path }) => domainOf(path, domains) !== undefined)
    .flatMap(({ path }) => {
      const name = path.split("/").at(-1) ?? "";
      const words = name
        .replace(/(\.int)?\.test\.ts$/, ".ts")
        .split(".")
        .slice(1, -1);
      const unknown = words.filter((word) => !roles.includes(word));
      return unknown.length === 0
        ? []
        : [{ path, line: 1, message: `"${unknown.join(".")}" is no role; there are ${roles.join(", ")}` }];
    });

const sql = /^\s*(with\s+\w+\s+as|select\s[\s\S]*\bfrom|insert\s+into|update\s+\w+\s+set|delete\s+from)\b/i;

/** Rule 2: only stores know SQL. */
export const sqlOnlyInStores = (files: readonly SourceFile[], domains: readonly string[]): Finding[] => {
  const findings: Finding[] = [];
  for (const file of files) {
    if (file.isTest || file.path.endsWith(".store.ts") || domainOf(file.path, domains) === undefined) continue;
    walk(file.tree, (node) => {
      if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return;
      if (sql.test(node.getText().slice(1)))
        findings.push({ path: file.path, line: lineOf(file, node), message: "holds SQL outside a store" });
    });
  }
  return findings;
};

/** Every folder under server/src is in the order, or is one of the two that are no domain. */
export const domainsAreOrdered = (files: readonly SourceFile[], domains: readonly string[]): Finding[] => {
  const folders = new Set(files.flatMap(({ path }) => /^server\/src\/([^/]+)\//.exec(path)?.[1] ?? []));
  const unordered = [...folders].filter((folder) => ![...domains, "main", "platform"].includes(folder));
  return unordered.map((folder) => ({
    path: `server/src/${folder}`,
    line: 1,
    message: "is missing in server/module-order.json",
  }));
};
