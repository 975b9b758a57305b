/** Names that data sets of the field give to what is asked. */
const promptNames = new Set([
  "prompt",
  "prompts",
  "question",
  "questions",
  "instruction",
  "instructions",
  "input",
  "inputs",
  "context",
  "query",
  "request",
  "user",
  "human",
  "source",
  "problem",
  "task",
]);

/** And to what is answered; where several stand in one table, the first of this list is taken. */
const completionNames = [
  "completion",
  "answer",
  "output",
  "response",
  "reply",
  "target",
  "label",
  "assistant",
  "result",
  "solution",
  "summary",
  "completions",
  "answers",
  "outputs",
  "responses",
];

const plain = (name: string): string => name.toLowerCase().trim();

/** The columns that their names mark as question and answer; undefined unless both are there. */
export function recogniseColumns(columns: readonly string[]): { prompts: string[]; completion: string } | undefined {
  const prompts = columns.filter((name) => promptNames.has(plain(name)));
  const wanted = completionNames.find((name) => columns.some((column) => plain(column) === name));
  const completion = columns.find((column) => plain(column) === wanted);
  return completion === undefined || prompts.length === 0 ? undefined : { prompts, completion };
}
