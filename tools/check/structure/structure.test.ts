import ts from "typescript";
import { describe, expect, it } from "vitest";
import { knownRoles, sqlOnlyInStores } from "./domains.ts";
import { edgeCases, testedEdgeCases } from "./edge-cases.ts";
import { folderCycles } from "./folder-cycles.ts";
import { environmentInOnePlace, explainedAssertions, noPlainErrors } from "./language.ts";
import { patientTests } from "./patience.ts";
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

  it("finds a test that reads a page once, and one that waits by a limit of its own", () => {
    const findings = (path: string, text: string): number => patientTests([file(path, text)]).length;
    const inBrowser = 'import type { Page } from "playwright-core";\n';
    expect(findings("e2e/a.test.ts", `${inBrowser}expect(await rows.count()).toBe(2);\n`)).toBe(1);
    expect(findings("e2e/a.test.ts", `${inBrowser}expect(page.url()).toBe(there);\n`)).toBe(1);
    expect(findings("e2e/a.test.ts", `${inBrowser}await expect.poll(() => rows.count()).toBe(2);\n`)).toBe(0);
    expect(findings("server/src/a.test.ts", "expect(await rows.count()).toBe(2);\n")).toBe(0);
    expect(findings("server/src/a.test.ts", "await vi.waitUntil(() => isOver);\n")).toBe(1);
    expect(findings("server/src/a.test.ts", "await until(() => isOver);\n")).toBe(0);
    expect(findings("server/src/a.test.ts", "await expect.poll(ask, { timeout: 5000 }).toBe(1);\n")).toBe(1);
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

  it("finds an edge case of the gateway that no test is named after, and a title that is not uniform", () => {
    const title = (id: string): string => `it("edge case ${id}: holds", () => {});\n`;
    const ids = Object.keys(edgeCases);
    const whole = ids.map(title).join("");
    expect(ids).toHaveLength(25);
    expect(testedEdgeCases([file("gateway/src/a.test.ts", whole)])).toEqual([]);
    // Neither a file that is no test nor one of another part counts.
    expect(testedEdgeCases([file("gateway/src/a.ts", whole), file("web/src/a.test.ts", whole)])).toHaveLength(25);
    const withoutOne = ids.filter((id) => id !== "07").map(title);
    const found = testedEdgeCases([file("e2e/a.test.ts", withoutOne.join("") + title("7") + title("26"))]);
    expect(found.map(({ path, line, message }) => `${path}:${line} ${message.split(" (")[0]}`)).toEqual([
      'e2e/a.test.ts:25 "edge case 7: holds" is not the title of an edge case: write `edge case NN: …`, of 01 to 25',
      'e2e/a.test.ts:26 "edge case 26: holds" is not the title of an edge case: write `edge case NN: …`, of 01 to 25',
      "gateway/src:1 no test is named `edge case 07: …`",
    ]);
  });
});
