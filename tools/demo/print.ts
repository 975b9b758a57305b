import { stdout } from "node:process";
import { stripVTControlCharacters, styleText } from "node:util";
import type { Dataset } from "@llm-tuner/contract/datasets.ts";
import type { JobEvent } from "@llm-tuner/contract/training.ts";

const width = (): number => Math.min(stdout.columns ?? 100, 110);
const number = new Intl.NumberFormat("en-US");

export const heading = (text: string): void => console.log(`\n${styleText("bold", text)}`);
export const fact = (name: string, value: string): void => console.log(`  ${name.padEnd(18)} ${value}`);
export const count = (value: number): string => number.format(value);

/** Money from integer nano-USD, exact: `$0.00000432`. */
export const money = (nanoUsd: number | null): string => {
  if (nanoUsd === null) return "no price";
  return `$${(nanoUsd / 1e9).toFixed(9).replace(/(\.\d{4}\d*?)0+$/, "$1")}`;
};

const bar = (share: number, length: number): string => {
  const full = Math.round(Math.max(0, Math.min(1, share)) * length);
  return "█".repeat(full) + "░".repeat(length - full);
};

/** What validation found: rows, tokens, lengths and the problems by line. */
export const datasetReport = ({ report }: Dataset): void => {
  if (report === null) return;
  fact("format", `${report.format}, ${count(report.rows)} rows → ${count(report.examples)} examples`);
  const { mapping } = report;
  const how =
    mapping.kind === "prompt_completion"
      ? `${mapping.prompt_columns.join(" + ")} → ${mapping.completion_column}`
      : mapping.kind;
  fact("mapping", `${how}${report.automatic_mapping ? " (chosen automatically)" : ""}`);
  fact("split", `${count(report.train_examples)} to train on, ${count(report.held_out_examples)} held out`);
  fact("tokens", `${count(report.train.tokens)} to train on, ${count(report.train.supervised_tokens)} of them answers`);
  fact("left out", `${count(report.duplicate_rows)} duplicates, ${count(report.empty_rows)} empty rows`);
  const most = Math.max(1, ...report.train.histogram.map(({ examples }) => examples));
  for (const { up_to, examples } of report.train.histogram) {
    fact(`≤ ${count(up_to)} tokens`, `${bar(examples / most, 30)} ${count(examples)}`);
  }
  for (const { line, count: times = 1, message, excerpt } of report.problems.slice(0, 10)) {
    const more = times > 1 ? ` and ${count(times - 1)} more` : "";
    const where = line === undefined ? "" : `line ${count(line)}${more}: `;
    fact("problem", `${where}${message}${excerpt === undefined ? "" : ` “${excerpt}”`}`);
  }
};

const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

/** One line that is drawn over on a terminal; elsewhere every tenth part of the run is a line of its own. */
export class ProgressLine {
  #lastTenth = -1;

  show(event: Extract<JobEvent, { type: "step" }>): void {
    const share = event.step / event.total_steps;
    const text =
      `  ${bar(share, 24)} step ${event.step}/${event.total_steps}  loss ${event.loss.toFixed(3)}  ` +
      `${count(Math.round(event.tokens_per_second))} tokens/s  ${duration(event.eta_seconds)} left`;
    if (stdout.isTTY) stdout.write(`\r${text.slice(0, width())}\u001b[K`);
    else if (Math.floor(share * 10) > this.#lastTenth) console.log(text);
    this.#lastTenth = Math.floor(share * 10);
  }

  end(): void {
    if (stdout.isTTY) stdout.write("\n");
  }
}

const wrap = (text: string, columns: number): string[] =>
  text.split("\n").flatMap((line) => {
    const lines: string[] = [];
    let rest = line;
    while (rest.length > columns) {
      const space = rest.lastIndexOf(" ", columns);
      const cut = space > 0 ? space : columns;
      lines.push(rest.slice(0, cut));
      rest = rest.slice(cut).trimStart();
    }
    return [...lines, rest];
  });

/** Two texts beside each other under their titles. */
export const sideBySide = (left: { title: string; text: string }, right: { title: string; text: string }): void => {
  const columns = Math.floor((width() - 7) / 2);
  const [a, b] = [left, right].map(({ title, text }) => [styleText("dim", title), ...wrap(text, columns)]);
  for (let row = 0; row < Math.max(a?.length ?? 0, b?.length ?? 0); row++) {
    const cell = a?.[row] ?? "";
    const padding = " ".repeat(Math.max(0, columns - stripVTControlCharacters(cell).length));
    console.log(`  ${cell}${padding} │ ${b?.[row] ?? ""}`);
  }
};
