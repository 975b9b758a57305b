import { getPriority, setPriority } from "node:os";

/** Of an interactive machine the person at it comes first: work in the background takes what is left of the processors. */
const niceness = 5;

/** Lowest priority that the system knows is 19; the server's own may already be lowered. */
export const lowerPriority = (pid: number): void => setPriority(pid, Math.min(19, getPriority() + niceness));
