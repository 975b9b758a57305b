import { encodeBase64 } from "../base64.ts";
import { encodeText } from "../json.ts";

const mediaTypePattern = /^[\w.+-]+\/[\w.+-]+$/;
const percentDecoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

export const isDataUrl = (url: string): boolean => url.slice(0, "data:".length).toLowerCase() === "data:";

/**
 * The bytes of a data URL (RFC 2397: `data:<media type>[;<name>=<value>]…[;base64],<data>`) in base64; undefined when it is
 * none or does not say what it holds, since the type decides how a provider reads it. Parameters of the type mean nothing
 * to a provider and are left out.
 */
export const readDataUrl = (url: string): { mediaType: string; data: string } | undefined => {
  const comma = url.indexOf(",");
  if (comma === -1 || !isDataUrl(url)) return undefined;
  const [mediaType = "", ...parameters] = url.slice("data:".length, comma).split(";");
  if (!mediaTypePattern.test(mediaType)) return undefined;
  const data = url.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim().toLowerCase() === "base64");
  if (isBase64) return { mediaType: mediaType.toLowerCase(), data };
  const text = percentDecoded(data);
  return text === undefined ? undefined : { mediaType: mediaType.toLowerCase(), data: encodeBase64(encodeText(text)) };
};
