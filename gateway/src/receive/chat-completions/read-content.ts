import { unsupportedParameter } from "../../conversation/notes.ts";
import type { AudioPart, FilePart, ImagePart, RefusalPart, TextPart } from "../../conversation/request.ts";
import { type BodyFields, wrongField } from "../body-fields.ts";
import { readCache } from "../cache-mark.ts";
import { readMediaSource } from "../media-source.ts";
import { lookUp } from "../../look-up.ts";

export type ContentPart = TextPart | ImagePart | FilePart | AudioPart | RefusalPart;

const readImage = (part: BodyFields): ImagePart => {
  const image = part.object("image_url");
  const detail = image.optionalText("detail");
  return {
    type: "image",
    source: readMediaSource(image.text("url"), image.pathOf("url")),
    ...(detail === undefined || detail === "auto" ? {} : { detail }),
    ...readCache(part),
  };
};

const audioTypes: Readonly<Record<string, string>> = { wav: "audio/wav", mp3: "audio/mpeg" };

const readAudio = (part: BodyFields): AudioPart => {
  const audio = part.object("input_audio");
  const mediaType = lookUp(audioTypes, audio.text("format"));
  if (mediaType === undefined) throw wrongField(audio.pathOf("format"), "wav or mp3");
  return { type: "audio", source: { kind: "base64", mediaType, data: audio.text("data") } };
};

const readFile = (part: BodyFields): FilePart => {
  const file = part.object("file");
  if (file.optionalText("file_id") !== undefined) {
    throw unsupportedParameter(file.pathOf("file_id"), "files that were uploaded elsewhere are not known there");
  }
  const name = file.optionalText("filename");
  return {
    type: "file",
    source: readMediaSource(file.text("file_data"), file.pathOf("file_data")),
    ...(name === undefined ? {} : { name }),
    ...readCache(part),
  };
};

const readPart = (part: BodyFields): ContentPart => {
  const type = part.text("type");
  switch (type) {
    case "text":
      return { type, text: part.text("text"), ...readCache(part) };
    case "refusal":
      return { type, text: part.text("refusal") };
    case "image_url":
      return readImage(part);
    case "input_audio":
      return readAudio(part);
    case "file":
      return readFile(part);
    default:
      throw unsupportedParameter(part.pathOf("type"), `there are no parts of the type \`${type}\``);
  }
};

/** The content of a message, whether it is a text or a list of parts. */
export const readContent = (message: BodyFields): ContentPart[] => {
  const content = message.value["content"];
  if (typeof content === "string") return [{ type: "text", text: content }];
  return message.objects("content").map(readPart);
};

/** The content of a message that may hold text alone. */
export const readTexts = (message: BodyFields): TextPart[] =>
  readContent(message).map((part, index) => {
    if (part.type === "text") return part;
    throw wrongField(`${message.pathOf("content")}[${index}].type`, "text");
  });
