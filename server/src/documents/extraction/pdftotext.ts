import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { lowerPriority } from "../../platform/processes/lower-priority.ts";
import type { Bounds, Page } from "./child-messages.ts";
import { collectPages } from "./page-collector.ts";

/** Where systems put programs; the environment of the server has no say in what is run. */
const programFolders = ["/usr/bin", "/usr/local/bin", "/bin", "/opt/homebrew/bin"];
const mebibyte = 1_048_576;

/** Programs of the system that a fallback needs, by their paths. */
export interface NativeTools {
  pdftotext: string;
  /** Bounds the memory and the processor time of what it starts; null where the system has none. */
  prlimit: string | null;
}

const findProgram = async (name: string): Promise<string | null> => {
  for (const folder of programFolders) {
    try {
      await access(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // It is not in this folder.
    }
  }
  return null;
};

export const findNativeTools = async (): Promise<NativeTools | null> => {
  const pdftotext = await findProgram("pdftotext");
  return pdftotext === null ? null : { pdftotext, prlimit: await findProgram("prlimit") };
};

export interface NativeLimits extends Bounds {
  memoryBytes: number;
}

export type NativeOutcome = { pages: Page[]; truncated: boolean } | { failed: string };

const commandLine = (
  { pdftotext, prlimit }: NativeTools,
  { pages, baseMs, memoryBytes }: NativeLimits,
  path: string,
) => {
  const command = [pdftotext, "-enc", "UTF-8", "-l", String(pages), path, "-"];
  if (prlimit === null) return command;
  const bounds = [`--as=${memoryBytes}`, `--cpu=${Math.ceil(baseMs / 1000)}`, "--fsize=0", "--core=0"];
  return [prlimit, ...bounds, ...command];
};

const run = (
  [program = "", ...parameters]: string[],
  { baseMs, textBytes }: NativeLimits,
  signal: AbortSignal,
): Promise<{ output: string; truncated: boolean } | { failed: string }> =>
  new Promise((resolve, reject) => {
    const child = execFile(
      program,
      parameters,
      { env: {}, encoding: "utf8", maxBuffer: textBytes, timeout: baseMs, killSignal: "SIGKILL" },
      (error, output, errors) => {
        signal.removeEventListener("abort", kill);
        if (signal.aborted) reject(signal.reason);
        else if (!error) resolve({ output, truncated: false });
        else if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") resolve({ output, truncated: true });
        else resolve({ failed: `${error.signal ?? `exit code ${String(error.code)}`}: ${errors.slice(-500)}` });
      },
    );
    const kill = () => child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    if (child.pid !== undefined) lowerPriority(child.pid);
  });

/** Reads a document with poppler's program, which also prints what stands in forms. */
export const readWithPdftotext = async (
  tools: NativeTools,
  path: string,
  { limits, signal }: { limits: NativeLimits; signal: AbortSignal },
): Promise<NativeOutcome> => {
  signal.throwIfAborted();
  const outcome = await run(commandLine(tools, limits, path), limits, signal);
  if ("failed" in outcome) return outcome;
  const collector = collectPages(limits, 0);
  // Each page ends in a form feed, the last one too.
  const pages = outcome.output.replace(/\f$/, "").split("\f");
  let charactersSincePause = 0;
  for (const page of pages) {
    // The text may be long, and this is the server's own thread.
    charactersSincePause += page.length;
    if (charactersSincePause > mebibyte / 4) {
      await setImmediate();
      charactersSincePause = 0;
    }
    if (!collector.add(page)) break;
  }
  return { pages: collector.pages, truncated: outcome.truncated || collector.truncated };
};
