import type { FileMetadata } from "@llm-tuner/contract/documents.ts";
import { cleanText, cutText } from "./clean-text.ts";
import { isoOfPdfDate } from "./pdf-date.ts";

const longest = 2000;

/** What a file says of itself, by the names that the format gives to it; an empty text where it says nothing. */
export const fileMetadata = (read: (name: string) => string): FileMetadata => {
  const text = (name: string): string | null => {
    const clean = cutText(cleanText(read(name)), longest);
    return clean === "" ? null : clean;
  };
  return {
    title: text("Title"),
    author: text("Author"),
    subject: text("Subject"),
    keywords: text("Keywords"),
    creator: text("Creator"),
    producer: text("Producer"),
    created: isoOfPdfDate(read("CreationDate")),
    modified: isoOfPdfDate(read("ModDate")),
  };
};
