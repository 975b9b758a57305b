import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
let copy: string;

beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), "llm-tuner-launch-"));
  await cp(join(root, "tools/launch"), join(copy, "tools/launch"), { recursive: true });
  const project = { name: "copy", version: "1.0.0", dependencies: { "is-number": "7.0.0" } };
  await writeFile(join(copy, "package.json"), JSON.stringify(project));
  const packages = { "": project, "node_modules/is-number": { version: "7.0.0" } };
  await writeFile(
    join(copy, "package-lock.json"),
    JSON.stringify({ ...project, lockfileVersion: 3, requires: true, packages }),
  );
  await mkdir(join(copy, "trainer"));
  await cp(join(root, "trainer/requirements.txt"), join(copy, "trainer/requirements.txt"));
});

afterEach(() => rm(copy, { recursive: true, force: true }));

const launch = (command: string, environment: Record<string, string> = {}): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    const parameters = [join(copy, "tools/launch/launch.mjs"), command];
    execFile(
      process.execPath,
      parameters,
      { cwd: copy, env: { ...process.env, ...environment } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
      },
    );
  });

/** A program that answers for Python as an outdated or a stripped one would. */
const fakePython = async (script: string): Promise<string> => {
  const path = join(copy, "python");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
};

describe("a machine that lacks something", () => {
  it("is told which commands there are", async () => {
    const { code, output } = await launch("dance");
    expect(code).toBe(1);
    expect(output).toContain('Unknown command "dance"');
  });

  it.each([
    ["no Python", undefined, "was not found"],
    ["an old Python", "echo 3.8.10", "Python 3.8.10 is too old"],
    ["a Python without venv", 'case "$2" in *venv*) exit 1;; *) echo 3.11.2;; esac', "lacks its venv module"],
  ])("%s: one sentence with the remedy, before anything is installed", async (_, script, message) => {
    const python = script === undefined ? join(copy, "nowhere/python3") : await fakePython(script);
    const { code, output } = await launch("start", { PYTHON: python, PORT: "0" });
    expect(code).toBe(1);
    expect(output).toContain(message);
    expect(output).toContain("python3-venv");
    expect(output).not.toContain("    at ");
    expect(await readdir(copy)).not.toContain("node_modules");
  });

  it("a taken port is named with the way to another", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => {
        const address = other.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const { code, output } = await launch("start", { PORT: String(port) });
    other.close();
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} is taken`);
    expect(output).toContain("PORT=5001");
    expect(await readdir(copy)).not.toContain("node_modules");
  });

  it("no network: says so, and leaves no stamp that would hide it from the next start", async () => {
    const { code, output } = await launch("start", {
      PORT: "0",
      npm_config_registry: "http://127.0.0.1:9/",
      npm_config_cache: join(copy, "cache"),
      npm_config_fetch_retries: "0",
      npm_config_replace_registry_host: "always",
    });
    expect(code).toBe(1);
    expect(output).toContain("the package registry cannot be reached");
    expect(await readdir(copy)).not.toContain(".install-lock");
    expect(await readdir(join(copy, "node_modules")).catch(() => [])).not.toContain(".installed");
  });

  it("a lock left by a launch that died is taken over", async () => {
    await writeFile(join(copy, ".install-lock"), "4194304");
    const { output } = await launch("start", {
      PORT: "0",
      npm_config_registry: "http://127.0.0.1:9/",
      npm_config_cache: join(copy, "cache"),
      npm_config_fetch_retries: "0",
    });
    expect(output).not.toContain("Waiting for process");
  });
});
