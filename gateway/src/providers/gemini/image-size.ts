import type { TranslationNotes } from "../../conversation/notes.ts";

/** What Google's picture models take. */
const ratios = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"] as const;
/** What Imagen takes of them. */
const imagenRatios: ReadonlySet<string> = new Set(["1:1", "3:4", "4:3", "9:16", "16:9"]);

const valueOf = (ratio: string): number => {
  const [width = 1, height = 1] = ratio.split(":").map(Number);
  return width / height;
};

const distance = (ratio: string, wanted: number): number => Math.abs(Math.log(valueOf(ratio) / wanted));

/** How close two ratios have to be to be called the same; 1792x1024 is meant to be 16:9. */
const tolerance = 0.02;

/**
 * The ratio of the sides that comes nearest to a size such as `1536x1024`, since Google's models are not asked for pixels;
 * undefined where the model may choose. What is not met is noted.
 */
export const aspectRatioOf = (
  size: unknown,
  { isImagen, notes }: { isImagen: boolean; notes: TranslationNotes },
): string | undefined => {
  if (typeof size !== "string" || size === "auto") return undefined;
  const [, width, height] = /^(\d{2,5})x(\d{2,5})$/.exec(size) ?? [];
  if (width === undefined || height === undefined) return notes.refuse("size", "it is no width and height");
  const wanted = Number(width) / Number(height);
  const taken = ratios.filter((ratio) => !isImagen || imagenRatios.has(ratio));
  const nearest = taken.reduce((best, ratio) => (distance(ratio, wanted) < distance(best, wanted) ? ratio : best));
  const isMet = distance(nearest, wanted) <= tolerance && Math.max(Number(width), Number(height)) >= 1_024;
  if (!isMet) notes.lost("size", `Google's models are asked for sides of ${nearest}, not for pixels`);
  return nearest;
};
