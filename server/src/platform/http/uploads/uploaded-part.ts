import type { Readable } from "node:stream";
import type { MultipartFile } from "@fastify/multipart";
import { uploadCutShort } from "./uploads.errors.ts";

/** One file of an upload, while it arrives. */
export interface UploadedPart {
  /** As the client names it. */
  name: string;
  bytes(): AsyncIterable<Uint8Array>;
  /** Reads and drops what is left, up to about `maxBytes`; returns how much that was. */
  drop(maxBytes: number): Promise<number>;
}

/** A stream of a multipart parser, which says whether it ended early at a limit of the parser's own. */
type PartStream = Readable & { truncated?: boolean };

/** A part whose bytes arrive on a stream, which stays open until it was read to its end or dropped. */
function partFromStream(name: string, stream: PartStream): UploadedPart {
  return {
    name,
    async *bytes() {
      // Leaving a plain loop over a stream would destroy it, and what was sent after it could not be read.
      yield* stream.iterator({ destroyOnReturn: false });
      if (stream.truncated) throw uploadCutShort("the parser's limit");
    },
    async drop(maxBytes) {
      let dropped = 0;
      if (stream.readableEnded || stream.destroyed) return dropped;
      for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
        dropped += chunk.length;
        if (dropped >= maxBytes) break;
      }
      return dropped;
    },
  };
}

/** A client that goes away must not leave the handler waiting for bytes: the stream of its file ends with an error then. */
export async function* watchedPart(
  { filename, file }: Pick<MultipartFile, "filename" | "file">,
  signal: AbortSignal,
): AsyncGenerator<UploadedPart> {
  const cut = () => file.destroy(uploadCutShort(signal.reason));
  if (signal.aborted) cut();
  signal.addEventListener("abort", cut);
  try {
    yield partFromStream(filename, file);
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

const maxNameCharacters = 255;

/** A client's file name as it is kept and shown: the last part of a path, without control characters. */
export function shownName(name: string): string {
  const last = name.normalize("NFC").toWellFormed().split(/[/\\]/).at(-1) ?? "";
  const plain = last.replaceAll(/\p{Cc}+/gu, " ").trim();
  // The end is kept: it holds the extension.
  return plain.length <= maxNameCharacters ? plain || "unnamed" : plain.slice(-maxNameCharacters).toWellFormed();
}
