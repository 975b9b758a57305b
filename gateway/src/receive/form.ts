import { invalidRequest, unsupportedContentType } from "../errors.ts";
import { encodeText, joinBytes, type JsonObject } from "../json.ts";

/** A file of a form. */
export interface FormFile {
  /** Name of the field, such as `image` or `image[]`. */
  field: string;
  /** As the client calls it. */
  name: string;
  mediaType: string;
  data: Uint8Array;
}

/** A `multipart/form-data` body (RFC 7578), read. */
export interface Form {
  /** Texts by field; a list where a field is named more than once. */
  fields: JsonObject;
  files: readonly FormFile[];
}

const maxParts = 64;

const parse = async (bytes: Uint8Array, contentType: string): Promise<FormData> => {
  try {
    return await new Response(Uint8Array.from(bytes), { headers: { "content-type": contentType } }).formData();
  } catch (cause) {
    throw invalidRequest("The request body is not a valid form.", { code: "invalid_form", cause });
  }
};

export const isFormType = (contentType: string | undefined): contentType is string =>
  /^multipart\/form-data\s*(;|$)/i.test(contentType ?? "");

/** Reads a form. Throws 415 for a body of another type, and 400 for one that is broken or has too many parts. */
export const readForm = async (bytes: Uint8Array, contentType: string | undefined): Promise<Form> => {
  if (!isFormType(contentType)) throw unsupportedContentType("multipart/form-data");
  const parts = [...(await parse(bytes, contentType))];
  if (parts.length > maxParts) {
    throw invalidRequest(`A form may have at most ${maxParts} parts.`, { code: "invalid_form" });
  }
  const fields = new Map<string, string | string[]>();
  const files: FormFile[] = [];
  for (const [field, value] of parts) {
    if (typeof value === "string") {
      const earlier = fields.get(field);
      fields.set(field, earlier === undefined ? value : [earlier, value].flat());
    } else {
      const data = new Uint8Array(await value.arrayBuffer());
      files.push({ field, name: value.name, mediaType: value.type || "application/octet-stream", data });
    }
  }
  return { fields: Object.fromEntries(fields), files };
};

/** A name within a header of a part, escaped as browsers do it (HTML Living Standard, multipart/form-data encoding). */
const quoted = (name: string): string => `"${name.replaceAll(/\r\n|\r|\n/g, "%0D%0A").replaceAll('"', "%22")}"`;

const textParts = (fields: JsonObject, boundary: string): string[] =>
  Object.entries(fields).flatMap(([field, value]) => {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return values.map(
      (text) => `--${boundary}\r\ncontent-disposition: form-data; name=${quoted(field)}\r\n\r\n${String(text)}\r\n`,
    );
  });

/** A form as a body, with its content type. A media type with a line break in it cannot come out of `readForm`. */
export const writeForm = ({ fields, files }: Form): { bytes: Uint8Array; contentType: string } => {
  const boundary = `form-${crypto.randomUUID()}`;
  const pieces: Uint8Array[] = [encodeText(textParts(fields, boundary).join(""))];
  for (const { field, name, mediaType, data } of files) {
    const disposition = `content-disposition: form-data; name=${quoted(field)}; filename=${quoted(name)}`;
    pieces.push(
      encodeText(`--${boundary}\r\n${disposition}\r\ncontent-type: ${mediaType}\r\n\r\n`),
      data,
      encodeText("\r\n"),
    );
  }
  pieces.push(encodeText(`--${boundary}--\r\n`));
  return { bytes: joinBytes(pieces), contentType: `multipart/form-data; boundary=${boundary}` };
};
