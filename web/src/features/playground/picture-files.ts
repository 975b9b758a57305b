import type { Picture } from "./playground-state.ts";

export const pictureTypes = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const maxBytes = 5_000_000;
const maxPictures = 4;

const dataUrlOf = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    // What is read as a data URL is a text.
    reader.addEventListener("load", () => resolve(typeof reader.result === "string" ? reader.result : ""));
    reader.addEventListener("error", () => reject(reader.error ?? new Error("The file could not be read.")));
    reader.readAsDataURL(file);
  });

/** Why a file cannot be sent to a model, in words; undefined when it can. */
export const pictureFault = ({ name, type, size }: Pick<File, "name" | "type" | "size">): string | undefined => {
  if (!pictureTypes.includes(type)) return `${name} is not a PNG, JPEG, WebP or GIF picture.`;
  return size > maxBytes ? `${name} is larger than 5 MB. Use a smaller picture.` : undefined;
};

/** The pictures with those of the files that can be sent, and what is wrong with the others. */
export const withFiles = async (
  pictures: readonly Picture[],
  files: readonly File[],
): Promise<{ pictures: Picture[]; faults: string[] }> => {
  const faults = files.flatMap((file) => pictureFault(file) ?? []);
  const good = files.filter((file) => pictureFault(file) === undefined);
  const room = maxPictures - pictures.length;
  if (good.length > room) faults.push(`A message takes ${maxPictures} pictures at most.`);
  const added = await Promise.all(
    good.slice(0, Math.max(0, room)).map(async (file) => ({ name: file.name, dataUrl: await dataUrlOf(file) })),
  );
  return { pictures: [...pictures, ...added], faults };
};
