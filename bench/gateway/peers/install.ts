import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Outside of git; deleting it installs the peers anew. */
const cache = join(import.meta.dirname, "../../.peers");

/** Runs a program to its end; throws with the last lines that it wrote when it fails. */
async function execute(program: string, parameters: readonly string[], cwd: string): Promise<void> {
  const child = spawn(program, parameters, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (text: Buffer): void => {
    output += text.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const [code]: unknown[] = await once(child, "close");
  if (code === 0) return;
  throw new Error(`${program} ${parameters.join(" ")} failed:\n${output.trim().split("\n").slice(-8).join("\n")}`);
}

interface Peer {
  name: string;
  /** Files beside this one that say what is installed. */
  files: readonly string[];
  install(directory: string): Promise<void>;
}

/** Installs a peer unless its stamp says that these very files have been installed. Resolves to its folder. */
async function ensureInstalled({ name, files, install }: Peer): Promise<string> {
  const directory = join(cache, name);
  const stamp = join(directory, "installed.txt");
  const digest = createHash("sha256");
  for (const file of files) digest.update(await readFile(join(import.meta.dirname, name, file)));
  const wanted = `${digest.digest("hex")} ${process.versions.modules}`;
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return directory;
  console.log(`Installing ${name} (once) …`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const file of files) await copyFile(join(import.meta.dirname, name, file), join(directory, file));
  await install(directory);
  await writeFile(stamp, wanted);
  return directory;
}

/** Portkey's gateway from npm, with the packages of its own lock. Resolves to its entry. */
export async function installPortkey(): Promise<string> {
  const directory = await ensureInstalled({
    name: "portkey",
    files: ["package.json", "package-lock.json"],
    install: (folder) => execute("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder),
  });
  return join(directory, "node_modules/@portkey-ai/gateway/build/start-server.js");
}

/** LiteLLM's proxy from PyPI, all versions pinned. Resolves to its program. */
export async function installLiteLlm(): Promise<string> {
  const directory = await ensureInstalled({
    name: "litellm",
    files: ["requirements.txt"],
    async install(folder) {
      await execute(process.env["PYTHON"] ?? "python3", ["-m", "venv", "environment"], folder);
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
      await execute(join(folder, "environment/bin/python"), [...pip, "requirements.txt"], folder);
    },
  });
  return join(directory, "environment/bin/litellm");
}
