/**
 * The server cannot start, for a reason that the person who starts it can mend: `message` says what is wrong and
 * `remedy` what to do, each in one sentence. It is printed without a stack.
 */
export class StartupError extends Error {
  readonly remedy: string;

  constructor({ message, remedy, cause }: { message: string; remedy: string; cause?: unknown }) {
    super(message, { cause });
    this.name = "StartupError";
    this.remedy = remedy;
  }
}
