const escaped = (line: string): string => line.replaceAll(/[\\()]/g, (character) => `\\${character}`);

/** A valid PDF of one page that shows the lines, in some hundred bytes. ASCII only. */
export function tinyPdf(lines: readonly string[]): Buffer<ArrayBuffer> {
  const content = ["BT /F1 11 Tf 50 780 Td 14 TL", ...lines.map((line) => `(${escaped(line)}) Tj T*`), "ET"].join("\n");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let body = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const places = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places}`;
  return Buffer.from(
    `${body}${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`,
    "latin1",
  );
}

const words =
  "harbour crane vessel cargo tariff customs invoice freight pilot anchor dock schedule tonnage ledger warehouse insurance".split(
    " ",
  );

/** A page of English about ships; another one for each number. */
export const letterAbout = (number: number): Buffer<ArrayBuffer> =>
  tinyPdf([
    `Report number ${number} of the harbour office`,
    ...Array.from({ length: 12 }, (_, line) => {
      const pick = (step: number) => words[(number * 7 + line * 3 + step * 5) % words.length] ?? "";
      return `The ${pick(0)} of the ${pick(1)} was brought to the ${pick(2)} because the ${pick(3)} had asked for it.`;
    }),
  ]);
