import ts from "typescript";
import { type Finding, lineOf, type SourceFile, walk } from "./source-files.ts";

/** What gateways before providers are known to get wrong. The gateway has a test for each, named after its number. */
export const edgeCases: Readonly<Record<string, string>> = {
  "01": "a status is committed before the provider has answered",
  "02": "the first event of a stream is an error",
  "03": "an error comes after content",
  "04": "calls of several tools come interleaved",
  "05": "arguments of a call are missing, broken, or split within a character",
  "06": "several results of tools answer one turn",
  "07": "signatures of thoughts go over a client that does not know them",
  "08": "usage is needed and was not asked for",
  "09": "usage comes more than once",
  "10": "usage of zero is not missing usage",
  "11": "server-sent events are framed in every way that is allowed",
  "12": "one line holds megabytes",
  "13": "`stop` is null",
  "14": "text beside calls is empty, or ends in white space",
  "15": "a data URL has parameters",
  "16": "keywords of JSON Schema are not known to a provider",
  "17": "a developer speaks instead of the system",
  "18": "a model has another name at its provider",
  "19": "an answer comes compressed",
  "20": "a connection is silent while a model thinks",
  "21": "a client goes away",
  "22": "the body of an answer is empty, HTML or plain text",
  "23": "a request must not be sent again once bytes were sent",
  "24": "another model has answered than was asked",
  "25": "a parameter cannot be carried",
};

const uniformTitle = /^edge case (\d\d): \S/;
const anyTitle = /^edge cases?\b/i;

/** Every edge case has a test whose title begins `edge case NN: `, and no title is written in another way. */
export const testedEdgeCases = (files: readonly SourceFile[]): Finding[] => {
  const tested = new Set<string>();
  const findings: Finding[] = [];
  for (const file of files) {
    if (!file.isTest || !/^(gateway|e2e|server)\//.test(file.path)) continue;
    walk(file.tree, (node) => {
      if ((!ts.isStringLiteralLike(node) && !ts.isTemplateHead(node)) || !anyTitle.test(node.text)) return;
      const [, id] = uniformTitle.exec(node.text) ?? [];
      if (id !== undefined && Object.hasOwn(edgeCases, id)) tested.add(id);
      else {
        const message = `"${node.text}" is not the title of an edge case: write \`edge case NN: …\`, of 01 to 25`;
        findings.push({ path: file.path, line: lineOf(file, node), message });
      }
    });
  }
  const missing = Object.entries(edgeCases).filter(([id]) => !tested.has(id));
  return [
    ...findings,
    ...missing.map(([id, what]) => ({
      path: "gateway/src",
      line: 1,
      message: `no test is named \`edge case ${id}: …\` (${what})`,
    })),
  ];
};
