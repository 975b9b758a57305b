const token = /\s*\S{1,8}|\s+$/gu;

/** The tokens of a text: a word with the space before it, long words in pieces of eight characters. Joined they are the text. */
export const tokensOf = (text: string): string[] => text.match(token) ?? [];

export const countTokens = (text: string): number => tokensOf(text).length;

/** What surrounds a message, and what an image, a sound and a file cost, whatever their size. */
export const tokensOfMessage = 3;
export const tokensOfImage = 100;
export const tokensOfAudio = 50;
export const tokensOfFile = 200;
