import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readProjectFiles } from "./project-files.ts";
import {
  installScriptFaults,
  type LockFile,
  lockedPackages,
  lockFaults,
  Manifest,
  npmSettingsFaults,
  pinFaults,
  requirementFaults,
  securityPackageFaults,
  securityPackages,
} from "./supply-rules.ts";

const project = readProjectFiles();
const integrity = `sha512-${"A".repeat(86)}==`;
const lockOf = (packages: LockFile["packages"]): LockFile => ({ packages });
const locked = (changed: Record<string, unknown> = {}) =>
  lockOf({ "": {}, server: {}, "node_modules/jose": { version: "6.2.17", integrity, ...changed } });

describe("SEC-42: the lock file", () => {
  it("SEC-42: binds every package of this project to its bytes, from the configured registry alone", () => {
    expect(lockedPackages(project.lock).length).toBeGreaterThan(100);
    expect(lockFaults(project.lock)).toEqual([]);
  });

  it.each([
    ["no digest", { integrity: undefined }],
    ["a weak digest", { integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }],
    ["a place of its own", { resolved: "https://packages.example.org/jose.tgz" }],
    ["a repository", { resolved: "git+ssh://git@example.org/jose.git#0f0f0f0" }],
    ["no version", { version: undefined }],
  ])("SEC-42: is refused with a package that has %s", (_name, changed) => {
    expect(lockFaults(locked())).toEqual([]);
    expect(lockFaults(locked(changed))).toHaveLength(1);
  });
});

describe("SEC-42: install scripts", () => {
  it("SEC-42: of this project's packages are all known, and none of them runs", () => {
    expect(installScriptFaults(project.lock, project.installScripts)).toEqual([]);
    expect(npmSettingsFaults(project.npmSettings)).toEqual([]);
  });

  it("SEC-42: that are new, or gone, are noticed", () => {
    const lock = locked({ hasInstallScript: true });
    expect(installScriptFaults(lock, {})).toEqual(["jose brings an install script"]);
    expect(installScriptFaults(lock, { jose: "builds" })).toEqual([]);
    expect(installScriptFaults(locked(), { jose: "builds" })).toEqual(["jose brings no install script any more"]);
    expect(npmSettingsFaults("save-exact=true\nregistry=https://example.org")).toHaveLength(2);
  });

  it("SEC-42: stay off wherever this project installs packages", async () => {
    for (const path of ["tools/launch/node-packages.mjs", "tools/check/check.ts"]) {
      const text = await readFile(join(import.meta.dirname, "../../..", path), "utf8");
      const installs = text.match(/"npm", \[?"(?:ci|install)"[^\]]*/g) ?? [];
      expect([path, installs.length]).toEqual([path, 1]);
      for (const install of installs) expect(install).toContain('"--ignore-scripts"');
    }
  });
});

describe("SEC-42: versions", () => {
  it("SEC-42: of this project are exact, and those that matter for security are declared and locked once", () => {
    expect(pinFaults(project.manifests)).toEqual([]);
    expect(requirementFaults(project.requirements)).toEqual([]);
    expect(securityPackageFaults(project.lock)).toEqual([]);
    const declared = new Set(Object.values(project.manifests).flatMap(({ dependencies }) => Object.keys(dependencies)));
    expect(securityPackages.filter((name) => !declared.has(name))).toEqual([]);
  });

  it.each(["^6.2.17", "~6.2.17", ">=6", "6", "*", "latest", "git+https://example.org/x.git", "file:../x", ""])(
    "SEC-42: are refused when declared as %j",
    (range) => {
      expect(pinFaults({ "package.json": Manifest.parse({ dependencies: { jose: range } }) })).toHaveLength(1);
      expect(requirementFaults([`jose${range}`, "# a comment", "-r other.txt", "numpy==2.4.6"])).toHaveLength(1);
    },
  );

  it("SEC-42: are noticed when a package of security comes in two", () => {
    const two = lockOf({
      ...project.lock.packages,
      "node_modules/x/node_modules/jose": { version: "5.0.0", integrity },
    });
    expect(securityPackageFaults(two)).toEqual([expect.stringMatching(/^jose is locked in 2 versions/)]);
  });
});

const Component = z.looseObject({
  "bom-ref": z.string().min(1),
  name: z.string().min(1),
  version: z.string().min(1),
  purl: z.string().regex(/^pkg:npm\//),
});
const Bom = z.looseObject({
  bomFormat: z.literal("CycloneDX"),
  specVersion: z.string().regex(/^1\.\d$/),
  serialNumber: z.string().regex(/^urn:uuid:[0-9a-f-]{36}$/),
  metadata: z.looseObject({ component: z.looseObject({ name: z.literal("llm-tuner"), "bom-ref": z.string() }) }),
  components: z.array(Component),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).default([]) })),
});

describe("SEC-42: the bill of materials", () => {
  it("SEC-42: is CycloneDX, names every package of the lock file once, and refers to nothing that is not in it", async () => {
    const directory = await mkdtemp(join(tmpdir(), "llm-tuner-sbom-"));
    const path = join(directory, "sbom.json");
    const program = join(import.meta.dirname, "sbom.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [program, path]);
    const bom = Bom.parse(JSON.parse(await readFile(path, "utf8")));
    await rm(directory, { recursive: true });
    expect(stdout).toContain(`${bom.components.length} components`);
    const names = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
    const missing = lockedPackages(project.lock).filter(([place, { name, version }]) => {
      const real = typeof name === "string" ? name : (place.split("node_modules/").at(-1) ?? "");
      return !names.has(`${real}@${version}`) && !names.has(`${place.split("node_modules/").at(-1)}@${version}`);
    });
    expect(missing.map(([place]) => place)).toEqual([]);
    const refs = new Set([
      bom.metadata.component["bom-ref"],
      ...bom.components.map((component) => component["bom-ref"]),
    ]);
    expect(refs.size).toBe(bom.components.length + 1);
    expect(
      bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !refs.has(ref)),
    ).toEqual([]);
  });
});
