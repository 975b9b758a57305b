import { hash } from "node:crypto";

/** The SHA-256 of a text as 64 hexadecimal digits: a Buffer for each row would weigh ten times as much. */
export const digestOf = (text: string): string => hash("sha256", text, "hex");

const digitsOfWord = 8;

/** The 32-bit word at a place of a digest, counted in words. */
export const wordOf = (digest: string, place: number): number =>
  Number.parseInt(digest.slice(place * digitsOfWord, (place + 1) * digitsOfWord), 16);

const fullest = 0.7;

/**
 * A set of digests that remembers the first 64 bits of each in 8 to 23 bytes: five million take under 100 MB, where a
 * Set of strings would take over 500. Two different texts are taken for one with a chance below one in a million.
 */
export class DigestSet {
  #words = new Uint32Array(2 * 1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a digest; false when it was there already. */
  add(digest: string): boolean {
    if (this.#size + 1 > (this.#words.length / 2) * fullest) this.#grow();
    // Two zero words mark an empty place, so that digest gives way to its neighbour.
    const added = this.#insert(wordOf(digest, 0), wordOf(digest, 1) || 1);
    if (added) this.#size += 1;
    return added;
  }

  #insert(high: number, low: number): boolean {
    const words = this.#words;
    const mask = words.length - 1;
    // Open addressing: an occupied place sends on to the next one.
    for (let at = (low * 2) & mask; ; at = (at + 2) & mask) {
      if (words[at] === high && words[at + 1] === low) return false;
      if (words[at] === 0 && words[at + 1] === 0) {
        words[at] = high;
        words[at + 1] = low;
        return true;
      }
    }
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      const high = old[at] ?? 0;
      const low = old[at + 1] ?? 0;
      if (high !== 0 || low !== 0) this.#insert(high, low);
    }
  }
}
