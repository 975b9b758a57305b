/** A picture of one pixel, which every viewer takes. */
export const pngBase64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
export const pngBytes = new Uint8Array(Buffer.from(pngBase64, "base64"));

/** The beginning of an MP4 file, enough to be recognised as one. */
export const mp4Bytes = new Uint8Array(
  Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from("ftypisom\0\0\x02\0isomiso2mp41", "latin1")]),
);
