/** One way of hashing passwords, with the parameters that new hashes get. */
export interface PasswordAlgorithm {
  hash: (password: string) => Promise<string>;
  verify: (storedHash: string, password: string) => Promise<boolean>;
  /** Whether a stored text is a hash of this kind, with whatever parameters. */
  owns: (storedHash: string) => boolean;
  /** Whether a stored hash of this kind is as strong as new ones. */
  isStrong: (storedHash: string) => boolean;
  /** A well-formed hash of random bytes: no password is known to have it, and to verify one costs what it always costs. */
  dummy: string;
}
