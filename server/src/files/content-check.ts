import { extname } from "node:path";
import { TrainingFileType } from "@llm-tuner/contract/files.ts";
import { fileTypeFromBuffer } from "file-type";
import { unsupportedFileType } from "./files.errors.ts";

/** What `file-type` needs to see of a file to tell the formats that it knows. */
const headBytes = 4100;

/** Formats that are text themselves, so that control characters do not give them away. */
const textualFormats = new Set(["pdf", "rtf", "xml", "ps", "eps", "svg", "ics", "vcf"]);

/** Tab, line breaks, form feed, the DOS end-of-file mark and the escape of terminal colours occur in text. */
const innocentControls = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1a, 0x1b]);

const hasByteOrderMark16 = (head: Buffer): boolean =>
  (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);

const isBinary = (head: Buffer): boolean => head.some((byte) => byte < 0x20 && !innocentControls.has(byte));

const markup = /^(\uFEFF)?\s*(<!doctype\s|<html[\s>]|<\?xml\s|<svg[\s>]|<script[\s>])/i;

/** The type of a training file by its name; throws a 415 for any other name. */
export function typeByName(name: string): TrainingFileType {
  const type = TrainingFileType.safeParse(extname(name).toLowerCase());
  if (type.success) return type.data;
  throw unsupportedFileType(
    name,
    extname(name) === "" ? "its name has no extension" : `${extname(name)} is not supported`,
  );
}

/**
 * Throws a 415 when the beginning of a file shows that it is not the text that its name promises. The name never
 * overrules the content. A short match such as "BM" (a bitmap, or a table whose first column is BMI) counts only
 * in a file that holds control characters, too.
 */
async function refuseForeignContent(name: string, head: Buffer): Promise<void> {
  if (hasByteOrderMark16(head)) return;
  const found = await fileTypeFromBuffer(head);
  const binary = isBinary(head);
  if (found && (binary || textualFormats.has(found.ext))) {
    throw unsupportedFileType(name, `its content is ${found.mime}`);
  }
  if (binary) throw unsupportedFileType(name, "its content is binary");
  if (markup.test(head.toString("utf8"))) throw unsupportedFileType(name, "its content is markup (HTML or XML)");
}

/** Passes bytes on after their beginning was looked at; nothing is passed on of a file that is refused. */
export async function* withCheckedHead(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (!head) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < headBytes) continue;
    await refuseForeignContent(name, head.subarray(0, headBytes));
    yield head;
    head = undefined;
  }
  if (head && head.length > 0) {
    await refuseForeignContent(name, head);
    yield head;
  }
}
