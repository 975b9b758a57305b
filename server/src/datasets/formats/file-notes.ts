import type { FileWarning } from "@llm-tuner/contract/files.ts";
import { faultyRows } from "../datasets.errors.ts";
import { excerptOf } from "./excerpt.ts";

const maxNotes = 50;

/** Something that keeps a row from being used. */
export interface RowFault {
  code: string;
  /** What is wrong, as the rest of a sentence that begins with "Line 7". */
  message: string;
  line: number;
  column?: string;
  text?: string;
}

/** What reading a file found: warnings, added up by code, and faults. */
export interface FileNotes {
  warn(warning: { code: string; message: string; line?: number; text?: string; count?: number }): void;
  /** Keeps a fault and lets reading go on, so that one answer names many; throws when there are 50. */
  fault(fault: RowFault): void;
  /** Throws a fault after which nothing can be read, together with those before it. */
  fatal(fault: RowFault): never;
  /** Throws the faults found so far, if any. */
  throwFaults(): void;
  warnings(): FileWarning[];
}

/** Notes on the file called `fileName`. */
export function createFileNotes(fileName: string): FileNotes {
  const warnings = new Map<string, FileWarning & { count: number }>();
  const faults: RowFault[] = [];

  const throwFaults = (): void => {
    const [first] = faults;
    if (first) throw faultyRows({ fileName, first, faults });
  };

  return {
    warn({ code, message, line, text, count = 1 }) {
      const known = warnings.get(code);
      if (known) known.count += count;
      else if (warnings.size < maxNotes) {
        const place = {
          ...(line === undefined ? {} : { line }),
          ...(text === undefined ? {} : { excerpt: excerptOf(text) }),
        };
        warnings.set(code, { code, message, ...place, count });
      }
    },
    fault(fault) {
      faults.push(fault);
      if (faults.length >= maxNotes) throwFaults();
    },
    fatal(fault): never {
      faults.push(fault);
      throw faultyRows({ fileName, first: faults[0] ?? fault, faults });
    },
    throwFaults,
    warnings: () => [...warnings.values()],
  };
}
