import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { root } from "./project-files.ts";

const Bom = z.looseObject({
  bomFormat: z.literal("CycloneDX"),
  metadata: z.looseObject({ component: z.looseObject({ name: z.string() }) }),
  components: z.array(z.unknown()),
});

const [path = "sbom.cdx.json"] = process.argv.slice(2);
const parameters = ["sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application", "--package-lock-only"];
const text = execFileSync("npm", parameters, {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 64 * 2 ** 20,
  stdio: ["ignore", "pipe", "ignore"],
});
const bom = Bom.parse(JSON.parse(text));
// npm takes the name of the folder, which is anybody's own.
bom.metadata.component.name = "llm-tuner";
writeFileSync(resolve(root, path), `${JSON.stringify(bom, null, 2)}\n`);
console.log(`wrote ${path}: ${bom.components.length} components (CycloneDX)`);
