import { open, type FileHandle } from "node:fs/promises";
import { TrainerEvent } from "@llm-tuner/contract/run-folder.ts";
import type { Log } from "../platform/log/log.ts";

export interface TailPart {
  events: TrainerEvent[];
  nextOffset: number;
  hasMore: boolean;
}

/** A part is applied in one transaction, and no event is longer. */
const partBytes = 1 << 20;
const newline = 0x0a;

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** Opens a file that its writer may not have made yet. */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function parseLine(line: string, log: Log): TrainerEvent[] {
  try {
    return [TrainerEvent.parse(JSON.parse(line))];
  } catch (error) {
    // The trainer's next line is as good as before, so one that cannot be read must not end the run.
    log.warn({ error, line: line.slice(0, 200) }, "a line of the trainer is not an event and was passed over");
    return [];
  }
}

/** The events in the complete lines of `bytes`; the last line waits until its end has been written. */
function parseLines(bytes: Buffer, log: Log): { events: TrainerEvent[]; length: number } {
  const length = bytes.lastIndexOf(newline) + 1;
  const lines = bytes.subarray(0, length).toString("utf8").split("\n");
  return { events: lines.filter((line) => line !== "").flatMap((line) => parseLine(line, log)), length };
}

/** Reads the events that a trainer appended to its file after `fromOffset`, up to a bounded part. */
export async function readTail({
  path,
  fromOffset,
  log,
}: {
  path: string;
  fromOffset: number;
  log: Log;
}): Promise<TailPart> {
  const file = await openIfThere(path);
  if (!file) return { events: [], nextOffset: fromOffset, hasMore: false };
  try {
    const { size } = await file.stat();
    if (size < fromOffset) {
      log.warn(
        { path, size, fromOffset },
        "the trainer's file is shorter than what was read of it; read on from its end",
      );
      return { events: [], nextOffset: size, hasMore: false };
    }
    if (size === fromOffset) return { events: [], nextOffset: fromOffset, hasMore: false };
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(partBytes, size - fromOffset)),
      position: fromOffset,
    });
    const { events, length } = parseLines(buffer.subarray(0, bytesRead), log);
    const isEndless = length === 0 && bytesRead === partBytes;
    if (isEndless) log.warn({ path, fromOffset }, "the trainer wrote a line without end; that part was passed over");
    return {
      events,
      nextOffset: fromOffset + (isEndless ? bytesRead : length),
      hasMore: fromOffset + bytesRead < size,
    };
  } finally {
    await file.close();
  }
}
