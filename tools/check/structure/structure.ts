import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { domainsAreOrdered, knownRoles, sqlOnlyInStores } from "./domains.ts";
import { testedEdgeCases } from "./edge-cases.ts";
import { folderCycles } from "./folder-cycles.ts";
import { environmentInOnePlace, explainedAssertions, noPlainErrors } from "./language.ts";
import { patientTests } from "./patience.ts";
import { securityPromises } from "./security-promises.ts";
import { sizes } from "./sizes.ts";
import { readSourceFiles, root } from "./source-files.ts";

const domains = z.array(z.string()).parse(JSON.parse(readFileSync(join(root, "server/module-order.json"), "utf8")));
const files = readSourceFiles();
const securityDocument = "docs/operations/security.md";

const findings = [
  ...sizes(files),
  ...explainedAssertions(files),
  ...noPlainErrors(files, domains),
  ...environmentInOnePlace(files),
  ...knownRoles(files, domains),
  ...sqlOnlyInStores(files, domains),
  ...domainsAreOrdered(files, domains),
  ...folderCycles(files),
  ...testedEdgeCases(files),
  ...patientTests(files),
  ...securityPromises(files, { path: securityDocument, text: readFileSync(join(root, securityDocument), "utf8") }),
];

for (const { path, line, message } of findings) console.error(`${path}:${line} ${message}`);
console.log(`structure: ${files.length} files, ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;
