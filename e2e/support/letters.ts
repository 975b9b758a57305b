import { makePdf } from "../../server/src/documents/testing/make-pdf.ts";

/** As a browser is given a file. */
export interface Upload {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const subjects = [
  { word: "harbour", text: "The harbour office counts cranes, cargo vessels and pilots of the northern harbour." },
  { word: "orchard", text: "The orchard keeper prunes apple trees and counts the harvest of the old orchard." },
  { word: "railway", text: "The railway inspector checks signals, tracks and bridges of the mountain railway." },
  { word: "library", text: "The library council buys books and maps for the reading room of the town library." },
] as const;

/** Two pages of English about one thing; another text for each number. */
const letter = (number: number): Upload => {
  const { word, text } = subjects[number % subjects.length] ?? subjects[0];
  const lines = [
    `Report ${number} on the ${word}`,
    ...Array.from({ length: 12 }, (_, line) => `${text} Part ${line + 1}.`),
  ];
  const pages = [{ lines }, { lines: [`This is the last page of report ${number} about the ${word}.`] }];
  return { name: `report-${number}.pdf`, mimeType: "application/pdf", buffer: makePdf({ pages }) };
};

export const letters = (first: number, count: number): Upload[] =>
  Array.from({ length: count }, (_, index) => letter(first + index));
