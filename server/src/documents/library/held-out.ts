const digits = 8;
const oneOf = 10;

/**
 * Whether a document is kept out of training data, so that taggers can be measured on what no training has seen: a
 * fixed tenth, by its content. The same file is held out for everybody and for ever, under whatever name it comes.
 */
export const isHeldOut = (sha256: string): boolean => Number.parseInt(sha256.slice(-digits), 16) % oneOf === 0;

/** The same rule in SQL, of a column that holds the digest. */
export const heldOutSql = (column: string): string =>
  `(('x' || right(${column}, ${digits}))::bit(32)::bigint % ${oneOf} = 0)`;
