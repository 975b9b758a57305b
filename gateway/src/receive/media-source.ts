import { isDataUrl, readDataUrl } from "../conversation/data-url.ts";
import type { MediaSource } from "../conversation/request.ts";
import { wrongField } from "./body-fields.ts";

/** Where the bytes of a picture or a document are: in a data URL or behind an address. Throws a 400 that names `field`. */
export const readMediaSource = (url: string, field: string): MediaSource => {
  if (/^https?:\/\//i.test(url)) return { kind: "url", url };
  if (!isDataUrl(url)) throw wrongField(field, "an http(s) address or a data URL");
  const data = readDataUrl(url);
  if (data === undefined) throw wrongField(field, "a data URL such as data:image/png;base64,…");
  return { kind: "base64", ...data };
};
