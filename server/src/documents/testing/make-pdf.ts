import { deflateSync } from "node:zlib";

/** A page of a made PDF: lines of text, an image in grey, or what a test writes itself. */
export type PdfPage =
  | { lines: readonly string[]; note?: string }
  | { cjk: string }
  | { glyphs: readonly number[] }
  | { image: { width: number; height: number; pixels: Uint8Array } }
  | { content: Uint8Array };

export interface PdfParts {
  pages: readonly PdfPage[];
  /** For the Info dictionary, such as `Title`. */
  info?: Readonly<Record<string, string>>;
  /** Text fields of a form on the first page. */
  fields?: Readonly<Record<string, string>>;
  /** Cannot be opened without a password that nobody knows. */
  locked?: boolean;
  /** Further objects by name, which stand among the resources of every page as XObjects. */
  forms?: Readonly<Record<string, string>>;
}

const literal = (text: string): string => `(${text.replace(/[\\()]/g, String.raw`\$&`)})`;
const hexOf = (text: string): string => Buffer.from(text, "utf16le").swap16().toString("hex");
const unicode = (text: string): string => `<feff${hexOf(text)}>`;

/** Gathers objects, which refer to each other by their numbers, and writes the file around them. */
class PdfFile {
  readonly #objects: Buffer[] = [];

  reserve(): number {
    return this.#objects.push(Buffer.alloc(0));
  }
  put(number: number, body: string | Buffer): number {
    this.#objects[number - 1] = Buffer.from(body);
    return number;
  }
  add(body: string | Buffer): number {
    return this.put(this.reserve(), body);
  }
  addStream(data: Uint8Array, entries = ""): number {
    const packed = deflateSync(data);
    const head = `<< ${entries} /Filter /FlateDecode /Length ${packed.length} >>\nstream\n`;
    return this.add(Buffer.concat([Buffer.from(head), packed, Buffer.from("\nendstream")]));
  }

  write(trailer: string): Buffer {
    const pieces = [Buffer.from("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n", "latin1")];
    let length = pieces[0]?.length ?? 0;
    const places: number[] = [];
    for (const [index, body] of this.#objects.entries()) {
      places.push(length);
      const piece = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), body, Buffer.from("\nendobj\n")]);
      pieces.push(piece);
      length += piece.length;
    }
    const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
    const size = this.#objects.length + 1;
    pieces.push(
      Buffer.from(
        `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} ${trailer} >>\nstartxref\n${length}\n%%EOF\n`,
      ),
    );
    return Buffer.concat(pieces);
  }
}

interface Fonts {
  latin: number;
  cjk: number;
  mapped: number;
}

/** The font of `glyphs`: byte n stands for the n-th of these, as its ToUnicode map says. */
export const mappedCodes = ["0041", "0000", "d800", "e123", "fb01", "00650301"];

const addFonts = (file: PdfFile): Fonts => {
  const descendant = file.add(
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 6 >> " +
      "/FontDescriptor << /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >> >>",
  );
  const map = file.addStream(
    Buffer.from(
      "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Made def /CMapType 2 def\n" +
        "1 begincodespacerange <00> <ff> endcodespacerange\n" +
        `${mappedCodes.length} beginbfchar\n${mappedCodes.map((code, index) => `<${(index + 1).toString(16).padStart(2, "0")}> <${code}>`).join("\n")}\nendbfchar\n` +
        "endcmap CMapName currentdict /CMap defineresource pop end end",
    ),
  );
  return {
    latin: file.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"),
    cjk: file.add(
      `<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UTF16-H /DescendantFonts [${descendant} 0 R] >>`,
    ),
    mapped: file.add(`<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode ${map} 0 R >>`),
  };
};

const contentOf = (page: PdfPage): Uint8Array => {
  if ("content" in page) return page.content;
  if ("image" in page) return Buffer.from("595 0 0 842 0 0 cm /Scan Do");
  if ("cjk" in page) return Buffer.from(`BT /Cjk 12 Tf 50 780 Td <${hexOf(page.cjk)}> Tj ET`);
  if ("glyphs" in page)
    return Buffer.from(`BT /Mapped 12 Tf 50 780 Td <${Buffer.from(page.glyphs).toString("hex")}> Tj ET`);
  const lines = page.lines.map((line) => `${literal(line)} Tj T*`).join("\n");
  return Buffer.from(`BT /Latin 12 Tf 16 TL 50 780 Td\n${lines}\nET`, "latin1");
};

const addPage = (
  file: PdfFile,
  page: PdfPage,
  { parent, fonts, xObjects, fields }: { parent: number; fonts: Fonts; xObjects: string; fields: readonly number[] },
): number => {
  const image =
    "image" in page
      ? file.addStream(
          page.image.pixels,
          `/Type /XObject /Subtype /Image /Width ${page.image.width} /Height ${page.image.height} /ColorSpace /DeviceGray /BitsPerComponent 8`,
        )
      : undefined;
  const note =
    "lines" in page && page.note !== undefined
      ? [file.add(`<< /Type /Annot /Subtype /Text /Rect [500 700 520 720] /Contents ${unicode(page.note)} >>`)]
      : [];
  const content = file.addStream(contentOf(page));
  const scan = image === undefined ? "" : `/Scan ${image} 0 R`;
  return file.add(
    `<< /Type /Page /Parent ${parent} 0 R /MediaBox [0 0 595 842] /Contents ${content} 0 R ` +
      `/Annots [${[...note, ...fields].map((number) => `${number} 0 R`).join(" ")}] ` +
      `/Resources << /Font << /Latin ${fonts.latin} 0 R /Cjk ${fonts.cjk} 0 R /Mapped ${fonts.mapped} 0 R >> /XObject << ${xObjects} ${scan} >> >> >>`,
  );
};

/** A PDF made by hand, so that a test says itself what is in it. */
export const makePdf = ({ pages, info = {}, fields = {}, locked = false, forms = {} }: PdfParts): Buffer => {
  const file = new PdfFile();
  const catalog = file.reserve();
  const tree = file.reserve();
  const fonts = addFonts(file);
  const names = Object.entries(forms).map(([name, content]) => ({ name, content, number: file.reserve() }));
  const xObjects = names.map(({ name, number }) => `/${name} ${number} 0 R`).join(" ");
  for (const { content, number } of names) {
    const head = `<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Length ${content.length}`;
    const resources = `/Resources << /Font << /Latin ${fonts.latin} 0 R >> /XObject << ${xObjects} >> >>`;
    file.put(number, `${head} ${resources} >>\nstream\n${content}\nendstream`);
  }
  const widgets = Object.entries(fields).map(([name, value], index) =>
    file.add(
      `<< /Type /Annot /Subtype /Widget /FT /Tx /T ${literal(name)} /V ${unicode(value)} /DA (/Latin 12 Tf 0 g) /Rect [50 ${100 + index * 30} 300 ${120 + index * 30}] >>`,
    ),
  );
  const numbers = pages.map((page, index) =>
    addPage(file, page, { parent: tree, fonts, xObjects, fields: index === 0 ? widgets : [] }),
  );
  file.put(tree, `<< /Type /Pages /Count ${pages.length} /Kids [${numbers.map((n) => `${n} 0 R`).join(" ")}] >>`);
  const form =
    widgets.length > 0
      ? `/AcroForm << /Fields [${widgets.map((n) => `${n} 0 R`).join(" ")}] /DR << /Font << /Latin ${fonts.latin} 0 R >> >> >>`
      : "";
  file.put(catalog, `<< /Type /Catalog /Pages ${tree} 0 R ${form} >>`);
  const entries = Object.entries(info).map(([name, value]) => `/${name} ${unicode(value)}`);
  const infoNumber = file.add(`<< ${entries.join(" ")} >>`);
  const lock = file.add(`<< /Filter /Standard /V 1 /R 2 /P -4 /O <${"5a".repeat(32)}> /U <${"a5".repeat(32)}> >>`);
  return file.write(
    `/Root ${catalog} 0 R /Info ${infoNumber} 0 R ${locked ? `/Encrypt ${lock} 0 R /ID [<${"00".repeat(16)}> <${"00".repeat(16)}>]` : ""}`,
  );
};

/** Pages that take for ever: each of these forms draws the next ten times. */
export const formsThatMultiply = (depth: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: depth }, (_, level) => [
      `Level${level}`,
      level === depth - 1 ? "BT /Latin 12 Tf 50 700 Td (bomb) Tj ET" : `/Level${level + 1} Do `.repeat(10),
    ]),
  );
