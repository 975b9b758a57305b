import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** @param {number} pid */
const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/**
 * Takes the lock, or says who holds it. A holder that died without releasing it is no holder.
 * @param {string} path @returns {number | undefined}
 */
const take = (path) => {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const holder = Number(readFileSync(path, "utf8"));
  if (holder > 0 && isAlive(holder)) return holder;
  rmSync(path, { force: true });
  return take(path);
};

/**
 * Installs and builds one at a time: two commands started together in one checkout would tear each other's packages.
 * @param {string} root @param {() => Promise<void>} work
 */
export const withInstallLock = async (root, work) => {
  const path = join(root, ".install-lock");
  let told = false;
  for (let holder = take(path); holder !== undefined; holder = take(path)) {
    if (!told) console.log(`Waiting for process ${holder}, which is installing in this folder …`);
    told = true;
    await delay(500);
  }
  try {
    await work();
  } finally {
    rmSync(path, { force: true });
  }
};
