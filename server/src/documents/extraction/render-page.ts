import type { RenderRequest } from "./child-messages.ts";
import { withPage, type OpenedDocument } from "./pdfium-document.ts";
import type { Pdfium } from "./pdfium.ts";
import { encodePng } from "./png.ts";

const pointsPerInch = 72;
/** A page of A3 at 300 dots per inch; a file may claim pages of the size of a house. */
const mostPixels = 18_000_000;
const longestSide = 20_000;
const bytesPerPixel = 4;
const bgrx = 3;
const white = 0xff_ff_ff_ff;
/** Of FPDF_RenderPageBitmap. */
const flags = { annotations: 0x01, grey: 0x08 } as const;

interface Size {
  width: number;
  height: number;
}

const sizeInPixels = ({ width, height }: Size, wantedScale: number): Size => {
  const scale = Math.min(
    wantedScale,
    Math.sqrt(mostPixels / Math.max(1, width * height)),
    longestSide / Math.max(1, width, height),
  );
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
};

/** All colours of a grey pixel are the same, so that the first stands for them. */
const greyOf = (pixels: Uint8Array, { width, height }: Size): Uint8Array<ArrayBuffer> => {
  const header = Buffer.from(`P5\n${width} ${height}\n255\n`);
  const image = new Uint8Array(header.length + width * height);
  image.set(header);
  for (let from = 0, to = header.length; to < image.length; from += bytesPerPixel, to += 1)
    image[to] = pixels[from] ?? 0;
  return image;
};

const pngOf = (pixels: Uint8Array, { width, height }: Size): Uint8Array<ArrayBuffer> => {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += bytesPerPixel, to += 3) {
    // They come as blue, green, red.
    rgb[to] = pixels[from + 2] ?? 0;
    rgb[to + 1] = pixels[from + 1] ?? 0;
    rgb[to + 2] = pixels[from] ?? 0;
  }
  return encodePng(rgb, width, height);
};

/** A page as an image: in grey (PGM) to be recognised, or as PNG to be shown; undefined for a broken page. */
export const renderPage = (
  pdfium: Pdfium,
  document: OpenedDocument,
  { page: index, scale, format, quarterTurns }: RenderRequest,
): Uint8Array<ArrayBuffer> | undefined => {
  const { api, memory, withMemory } = pdfium;
  return withPage(pdfium, document, index, (page) => {
    const points = { width: api.FPDF_GetPageWidthF(page), height: api.FPDF_GetPageHeightF(page) };
    const upright = sizeInPixels(
      points,
      "dotsPerInch" in scale ? scale.dotsPerInch / pointsPerInch : scale.widthPx / Math.max(1, points.width),
    );
    const size = quarterTurns % 2 === 0 ? upright : { width: upright.height, height: upright.width };
    const { width, height } = size;
    const stride = width * bytesPerPixel;
    return withMemory(stride * height, (address) => {
      const bitmap = api.FPDFBitmap_CreateEx(width, height, bgrx, address, stride);
      if (bitmap === 0) return undefined;
      try {
        const flagged = flags.annotations | (format === "pgm" ? flags.grey : 0);
        api.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, white);
        api.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, quarterTurns, flagged);
        if (document.form !== undefined)
          api.FPDF_FFLDraw(document.form, bitmap, page, 0, 0, width, height, quarterTurns, flagged);
        const pixels = memory().subarray(address, address + stride * height);
        return format === "pgm" ? greyOf(pixels, size) : pngOf(pixels, size);
      } finally {
        api.FPDFBitmap_Destroy(bitmap);
      }
    });
  });
};
