import ts from "typescript";
import { describe, expect, it } from "vitest";
import { knownRoles, sqlOnlyInStores } from "./domains.ts";
import { folderCycles } from "./folder-cycles.ts";
import { environmentInOnePlace, explainedAssertions, noPlainErrors } from "./language.ts";
import { securityPromises } from "./security-promises.ts";
import { sizes } from "./sizes.ts";
import type { SourceFile } from "./source-files.ts";

const file = (path: string, text: string): SourceFile => ({
  path,
  text,
  lines: text.split("\n").length - 1,
  tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
  isTest: path.includes(".test."),
});

const lines = (count: number): string => "call();\n".repeat(count);
const domains = ["files"];

describe("the checks of the house can fail", () => {
  it("finds a long file and a long function, and measures nested functions on their own", () => {
    expect(sizes([file("a.ts", lines(400))])).toEqual([]);
    expect(sizes([file("a.ts", lines(401))])).toHaveLength(1);
    expect(sizes([file("a.ts", `const f = () => {\n${lines(90)}};\n`)])).toHaveLength(1);
    expect(
      sizes([
        file(
          "a.ts",
          `const f = () => {\n  const a = () => {\n${lines(60)}  };\n  const b = () => {\n${lines(60)}  };\n};\n`,
        ),
      ]),
    ).toEqual([]);
    expect(sizes([file("a.tsx", `const View = () => {\n${lines(90)}};\n`)])).toEqual([]);
  });

  it("finds an assertion without a reason", () => {
    expect(explainedAssertions([file("a.ts", "const a = b as C;\n")])).toHaveLength(1);
    expect(explainedAssertions([file("a.ts", "// Parsed two lines above.\nconst a = b as C;\n")])).toEqual([]);
    expect(explainedAssertions([file("a.ts", "const a = [1] as const;\n")])).toEqual([]);
  });

  it("finds a plain error in a domain", () => {
    const text = 'throw new Error("no");\n';
    expect(noPlainErrors([file("server/src/files/files.usecases.ts", text)], domains)).toHaveLength(1);
    expect(noPlainErrors([file("server/src/files/files.usecases.test.ts", text)], domains)).toEqual([]);
    expect(noPlainErrors([file("server/src/platform/log/log.ts", text)], domains)).toEqual([]);
  });

  it("finds a second reader of the environment", () => {
    const text = "const port = process.env.PORT;\n";
    expect(environmentInOnePlace([file("server/src/files/files.config.ts", text)])).toHaveLength(1);
    expect(environmentInOnePlace([file("server/src/main/environment.ts", text)])).toEqual([]);
  });

  it("finds an unknown role and SQL outside a store", () => {
    expect(knownRoles([file("server/src/files/files.service.ts", "")], domains)).toHaveLength(1);
    expect(knownRoles([file("server/src/files/files.store.int.test.ts", "")], domains)).toEqual([]);
    const query = "const q = `select id from files`;\n";
    expect(sqlOnlyInStores([file("server/src/files/files.usecases.ts", query)], domains)).toHaveLength(1);
    expect(sqlOnlyInStores([file("server/src/files/files.store.ts", query)], domains)).toEqual([]);
  });

  it("finds folders that import each other at run time, and lets types pass", () => {
    const there = file("gateway/src/admit/a.ts", 'import { b } from "../meter/b.ts";\n');
    const back = (kind: string): SourceFile =>
      file("gateway/src/meter/b.ts", `import ${kind}{ a } from "../admit/a.ts";\n`);
    expect(folderCycles([there, back("")])).toHaveLength(2);
    expect(folderCycles([there, back("type ")])).toEqual([]);
  });

  it("finds a promise of security without a test, and a test without a promise", () => {
    const document = { path: "security.md", text: "| id | promise |\n| SEC-01 | one |\n| SEC-02 | two |\n" };
    const tests = [file("a.test.ts", 'it("SEC-01: holds", run);\nit(`SEC-03: ${name}`, run);\n')];
    expect(securityPromises(tests, document).map(({ line, message }) => `${line} ${message}`)).toEqual([
      "3 no test carries SEC-02 in its title",
      "1 SEC-03 is tested and not promised",
    ]);
    expect(securityPromises([file("a.ts", 'const id = "SEC-01";\n')], document)).toHaveLength(2);
  });
});
