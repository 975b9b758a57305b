import { closeSync, fdatasync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

/** One file of a spool. Its lines are wanted until their records are in the database. */
export interface Segment {
  path: string;
  descriptor: number;
  bytes: number;
  /** Records whose lines may still be needed. */
  open: number;
}

/** The lines that a process has written and the database has not. */
export interface SpoolFile {
  /** In one write: afterwards they survive the death of this process. Throws when the disk takes them not. */
  append(text: string, records: number): Segment;
  /** So many records of a segment are in the database. */
  done(segment: Segment, records: number): void;
  /** Of all lines that may still be needed. */
  bytes(): number;
  close(): void;
}

interface SpoolFileOptions {
  directory: string;
  /** A file that is longer is followed by a new one. */
  segmentBytes?: number;
  /** How often what was written is brought to the disk itself: so much is lost when the machine loses power. */
  syncEveryMs?: number;
  onSyncFailure: (error: unknown) => void;
}

const numbered = (count: number): string => `${String(count).padStart(8, "0")}.jsonl`;

export function createSpoolFile(options: SpoolFileOptions): SpoolFile {
  const { directory, segmentBytes = 8 * 1024 * 1024, syncEveryMs = 1000, onSyncFailure } = options;
  let count = 0;
  const segments = new Set<Segment>();
  let current = next();
  /** Written to since they were last brought to the disk. */
  const dirty = new Set<Segment>();

  function next(): Segment {
    const path = join(directory, numbered((count += 1)));
    const segment = { path, descriptor: openSync(path, "a", 0o600), bytes: 0, open: 0 };
    segments.add(segment);
    return segment;
  }

  function remove(segment: Segment): void {
    segments.delete(segment);
    dirty.delete(segment);
    closeSync(segment.descriptor);
    unlinkSync(segment.path);
  }

  const syncing = setInterval(() => {
    for (const { descriptor } of dirty) {
      fdatasync(descriptor, (error) => {
        // A segment that was finished meanwhile is closed, and what it had is in the database.
        if (error !== null && error.code !== "EBADF") onSyncFailure(error);
      });
    }
    dirty.clear();
  }, syncEveryMs);
  syncing.unref();

  return {
    append(text, records) {
      if (current.bytes >= segmentBytes) current = next();
      const segment = current;
      const data = Buffer.from(text);
      try {
        for (let written = 0; written < data.length;) written += writeSync(segment.descriptor, data, written);
      } catch (error) {
        // Half a line in the middle of a file would be taken for damage.
        ftruncateSync(segment.descriptor, segment.bytes);
        throw error;
      }
      segment.bytes += data.length;
      segment.open += records;
      dirty.add(segment);
      return segment;
    },
    done(segment, records) {
      segment.open -= records;
      if (segment.open > 0) return;
      if (segment !== current) {
        remove(segment);
      } else if (segment.bytes > 0) {
        ftruncateSync(segment.descriptor, 0);
        segment.bytes = 0;
      }
    },
    bytes: () => [...segments].reduce((sum, { bytes }) => sum + bytes, 0),
    close() {
      clearInterval(syncing);
      for (const { descriptor } of segments) closeSync(descriptor);
    },
  };
}
