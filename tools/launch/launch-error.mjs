/** Something that the person can mend; its message is one sentence with the remedy and is shown without a stack. */
export class LaunchError extends Error {}

/**
 * Ends the launch with the reason on standard error.
 * @param {unknown} error
 */
export const fail = (error) => {
  if (!(error instanceof LaunchError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
};
