import { count } from "../../ui/format.ts";

/** `1 document`, `12,480 documents`. */
export const plural = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`;
