import { FileMetadata, FormField } from "@llm-tuner/contract/documents.ts";
import { z } from "zod";

export interface Bounds {
  pages: number;
  textBytes: number;
  /** Time for a document of no pages. */
  baseMs: number;
}

export interface ReadRequest {
  kind: "read";
  path: string;
  bounds: Bounds;
}

export interface RenderRequest {
  kind: "render";
  path: string;
  /** From 0. */
  page: number;
  scale: { dotsPerInch: number } | { widthPx: number };
  format: "pgm" | "png";
  /** Clockwise, as a scan may lie on its side. */
  quarterTurns: number;
}

const Page = z.object({ text: z.string(), words: z.int(), characters: z.int(), garbled: z.int() });
export type Page = z.infer<typeof Page>;

/** Why a file could not be opened: `protected` needs a password or a key, `empty` has no pages. */
const Unopened = z.object({ kind: z.literal("unopened"), reason: z.enum(["protected", "damaged", "empty"]) });

const ReadDocument = z.object({
  kind: z.literal("document"),
  pages: z.array(Page),
  /** Of the file, also where not all were read. */
  pageCount: z.int(),
  truncated: z.boolean(),
  metadata: FileMetadata,
  formFields: z.array(FormField),
});
export type ReadDocument = z.infer<typeof ReadDocument>;

export const ReadAnswer = z.discriminatedUnion("kind", [ReadDocument, Unopened]);
export type ReadAnswer = z.infer<typeof ReadAnswer>;

const RenderedPage = z.object({ kind: z.literal("image"), image: z.instanceof(Uint8Array) });

export const PdfiumAnswer = z.discriminatedUnion("kind", [ReadDocument, RenderedPage, Unopened]);
export type PdfiumAnswer = z.infer<typeof PdfiumAnswer>;

/** Told as soon as it is known: the time that a document may take goes by its pages. */
export const PageCountEvent = z.object({ pageCount: z.int() });
export type PageCountEvent = z.infer<typeof PageCountEvent>;
