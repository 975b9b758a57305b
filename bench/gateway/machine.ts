import { execFileSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";

/** Where and with what a result was measured. */
export const machine = () => ({
  date: new Date().toISOString().slice(0, 10),
  commit: execFileSync("git", ["describe", "--always", "--dirty"], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  }).trim(),
  hardware: { cpu: cpus()[0]?.model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) },
  software: { node: process.version, os: `${process.platform} ${release()}` },
});
