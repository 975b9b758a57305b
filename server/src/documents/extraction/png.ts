import { crc32, deflateSync } from "node:zlib";

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const header = { bitDepth: 8, trueColour: 2 } as const;
/** The second type of filter: each line as its difference to the one above, which suits pages with much white. */
const filterUp = 2;
const compressionLevel = 4;

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
};

/** An image as PNG; `rgb` holds three bytes for each pixel, line after line. */
export const encodePng = (rgb: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> => {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.writeUInt8(header.bitDepth, 8);
  size.writeUInt8(header.trueColour, 9);

  const stride = width * 3;
  const filtered = new Uint8Array((stride + 1) * height);
  for (let line = 0; line < height; line += 1) {
    const to = line * (stride + 1);
    const from = line * stride;
    filtered[to] = filterUp;
    for (let offset = 0; offset < stride; offset += 1) {
      const above = line === 0 ? 0 : (rgb[from - stride + offset] ?? 0);
      filtered[to + 1 + offset] = (rgb[from + offset] ?? 0) - above;
    }
  }
  return new Uint8Array(
    Buffer.concat([
      signature,
      chunk("IHDR", size),
      chunk("IDAT", deflateSync(filtered, { level: compressionLevel })),
      chunk("IEND", new Uint8Array(0)),
    ]),
  );
};
