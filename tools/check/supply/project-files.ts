import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LockFile, Manifest } from "./supply-rules.ts";

export const root = join(import.meta.dirname, "../../..");

const readText = (path: string): string => readFileSync(join(root, path), "utf8");
const readJson = (path: string): unknown => JSON.parse(readText(path));

const Workspaces = z.looseObject({ workspaces: z.array(z.string()) });
const requirementFiles = ["trainer/requirements.txt", "trainer/requirements-dev.txt"];

/** What says which packages this project takes. */
export interface ProjectFiles {
  lock: LockFile;
  /** Every package.json of this project, by its path. */
  manifests: Record<string, Manifest>;
  /** Packages that bring an install script, each with what it does. */
  installScripts: Record<string, string>;
  /** Requirements of Python, line by line. */
  requirements: string[];
  npmSettings: string;
}

export function readProjectFiles(): ProjectFiles {
  const { workspaces } = Workspaces.parse(readJson("package.json"));
  const paths = ["package.json", ...workspaces.map((workspace) => `${workspace}/package.json`)];
  return {
    lock: LockFile.parse(readJson("package-lock.json")),
    manifests: Object.fromEntries(paths.map((path) => [path, Manifest.parse(readJson(path))])),
    installScripts: z.record(z.string(), z.string().min(20)).parse(readJson("tools/check/supply/install-scripts.json")),
    requirements: requirementFiles.flatMap((path) => readText(path).split("\n")),
    npmSettings: readText(".npmrc"),
  };
}
