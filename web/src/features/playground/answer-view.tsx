import { Check, Copy, RotateCw } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Status, type Tone } from "../../ui/status.tsx";
import { AnswerFacts } from "./answer-facts.tsx";
import { remedyOf } from "./failure-words.ts";
import type { Answer, Failure } from "./playground-state.ts";

/** How an answer ended, where that is not simply its end. */
const endWords: Readonly<Record<string, string>> = {
  length: "Cut off: the most tokens were reached",
  content_filter: "Ended by the provider’s filter",
  tool_calls: "Wants to call a tool",
};

const statusOf = ({ status, finishReason }: Answer): { tone: Tone; word: string } => {
  switch (status) {
    case "streaming":
      return { tone: "running", word: "Answering" };
    case "stopped":
      return { tone: "warning", word: "Stopped" };
    case "failed":
      return { tone: "danger", word: "Failed" };
    case "done": {
      const word = endWords[finishReason ?? ""];
      return word === undefined ? { tone: "success", word: "Complete" } : { tone: "warning", word };
    }
  }
};

const FailureNotice = ({ failure }: { failure: Failure }) => (
  <Notice tone="danger">
    <p className="font-medium">{failure.message}</p>
    <p className="mt-1 text-soft">{remedyOf(failure)}</p>
    <p className="mt-1 font-mono text-xs text-faint">
      {[failure.code, ...(failure.field === null ? [] : [failure.field])].join(" · ")}
    </p>
  </Notice>
);

const Thoughts = ({ answer: { reasoning, content, status } }: { answer: Answer }) => (
  <details className="mb-2 rounded-md bg-sunken px-3 py-2 text-soft">
    <summary className="cursor-pointer text-xs">
      {status === "streaming" && content === "" ? "Thinking" : "What it thought"}
    </summary>
    <p className="mt-2 text-xs break-words whitespace-pre-wrap">{reasoning}</p>
  </details>
);

const CopyAnswer = ({ text }: { text: string }) => {
  const [isCopied, setIsCopied] = useState(false);
  return (
    <Button
      look="quiet"
      className="h-7 px-2"
      aria-label={isCopied ? "Copied" : "Copy the answer"}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setIsCopied(true))}
    >
      {isCopied ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />}
    </Button>
  );
};

const Words = ({ answer: { content, refusal, pictures, status } }: { answer: Answer }) => (
  <>
    {content !== "" && <p className="break-words whitespace-pre-wrap">{content}</p>}
    {refusal !== "" && <p className="break-words whitespace-pre-wrap text-soft">Refused: {refusal}</p>}
    {pictures.map((url) => (
      <img key={url} src={url} alt="Drawn by the model" className="mt-2 max-h-80 rounded-md border border-line" />
    ))}
    {status === "done" && content === "" && refusal === "" && pictures.length === 0 && (
      <p className="text-faint">(no words)</p>
    )}
  </>
);

interface AnswerViewProps {
  answer: Answer;
  /** Absent where another answer would not follow from what stands above. */
  onAgain?: (() => void) | undefined;
}

/** One model's answer, while it comes and after. */
export const AnswerView = ({ answer, onAgain }: AnswerViewProps) => {
  const { tone, word } = statusOf(answer);
  return (
    <article
      aria-label={`Answer of ${answer.model}`}
      aria-busy={answer.status === "streaming"}
      className="min-w-0 rounded-lg border border-line bg-raised p-3 shadow-card"
    >
      <header className="mb-2 flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="min-w-0 font-medium break-all">{answer.model}</h3>
        <span role="status" className="text-xs text-soft">
          <Status tone={tone}>{word}</Status>
        </span>
        <span className="ml-auto flex">
          {answer.content !== "" && answer.status !== "streaming" && <CopyAnswer text={answer.content} />}
          {onAgain !== undefined && (
            <Button look="quiet" className="h-7 px-2" aria-label={`Ask ${answer.model} again`} onClick={onAgain}>
              <RotateCw aria-hidden size={14} />
            </Button>
          )}
        </span>
      </header>
      {answer.reasoning !== "" && <Thoughts answer={answer} />}
      <Words answer={answer} />
      {answer.failure !== null && (
        <div className="mt-2">
          <FailureNotice failure={answer.failure} />
        </div>
      )}
      {answer.warnings.length > 0 && (
        <div className="mt-2">
          <Notice tone="warning">
            <p className="font-medium">Not everything reached the provider:</p>
            <ul className="list-disc pl-5 text-xs">
              {answer.warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          </Notice>
        </div>
      )}
      <AnswerFacts answer={answer} />
    </article>
  );
};
