import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/**
 * Runs a program quietly and resolves to its exit code and the end of its output.
 * @param {string} program @param {string[]} parameters @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<{ code: number | null, output: string }>}
 */
export const runQuietly = (program, parameters, options) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (/** @type {Uint8Array} */ chunk) => {
      output = (output + Buffer.from(chunk).toString()).slice(-20_000);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });

/** @param {(string | Uint8Array)[]} parts */
export const digest = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
};

/**
 * A stamp is written after a step has succeeded; a step that was cut off has none and is done again.
 * @param {string} path @param {string} wanted
 */
export const isStamped = (path, wanted) => existsSync(path) && readFileSync(path, "utf8") === wanted;

/** @param {string} path @param {string} text */
export const stamp = (path, text) => writeFileSync(path, text);

const networkFaults =
  /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|network|Failed to establish a new connection|Temporary failure in name resolution/i;
const diskFaults = /ENOSPC|No space left on device/i;

/**
 * The likely cause of a failed install, in a sentence with the remedy.
 * @param {string} what @param {string} output
 */
export const explainInstallFailure = (what, output) => {
  if (diskFaults.test(output)) return `${what} failed: the disk is full. Free some space and start again.`;
  if (networkFaults.test(output)) {
    return `${what} failed: the package registry cannot be reached. Check the network (or the proxy settings of npm and pip) and start again.`;
  }
  return `${what} failed:\n${output.split("\n").slice(-15).join("\n")}`;
};
