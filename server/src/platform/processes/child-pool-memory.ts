import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";

const bytesPerKibibyte = 1024;

const residentKibibytes = async (pid: number): Promise<string> => {
  if (process.platform === "linux") {
    // The kernel has it at hand: handing the reading to other threads would cost many times what it takes.
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? "0";
  }
  return new Promise((resolve, reject) => {
    execFile("/bin/ps", ["-o", "rss=", "-p", String(pid)], { env: {} }, (error, output) => {
      if (error) reject(error);
      else resolve(output);
    });
  });
};

/**
 * The memory that a process holds, whatever allocated it. Its own report would not do: a process that is busy in one
 * long call of WebAssembly answers nothing. 0 for a process that has ended.
 */
export const residentBytes = async (pid: number): Promise<number> => {
  try {
    return Number(await residentKibibytes(pid)) * bytesPerKibibyte;
  } catch {
    return 0;
  }
};
