import { testModel, type TryOutAnswer, type TunedModel } from "@llm-tuner/contract/models.ts";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { z } from "zod";
import { call } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { count, money } from "../../ui/format.ts";

const Answer = ({ title, answer }: { title: string; answer: z.infer<typeof TryOutAnswer> }) => (
  <article className="rounded-md border border-line bg-surface p-3" aria-label={title}>
    <h3 className="mb-2 font-medium">{title}</h3>
    <p className="min-h-12 break-words whitespace-pre-wrap">
      {answer.content === "" ? <span className="text-faint">(no words)</span> : answer.content}
    </p>
    <p className="figures mt-3 text-xs text-faint">
      {count(answer.prompt_tokens)} + {count(answer.completion_tokens)} tokens · {money(answer.cost_nano_usd)} ·{" "}
      {count(answer.latency_ms)} ms · {answer.finish_reason}
    </p>
  </article>
);

/** One question to the tuned model and to the model that it came from, side by side. */
export const TryOut = ({ model }: { model: TunedModel }) => {
  const [prompt, setPrompt] = useState("");
  const ask = useMutation({
    mutationFn: () => call(testModel, { params: { id: model.id }, body: { prompt, compare_with_base: true } }),
  });
  return (
    <Card title="Try it">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (prompt.trim() !== "") ask.mutate();
        }}
      >
        <label className="flex flex-col gap-1 font-medium">
          Question
          <textarea
            rows={3}
            maxLength={100_000}
            value={prompt}
            onChange={({ target }) => setPrompt(target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            }}
            className="rounded-md border border-line bg-surface p-3 font-normal hover:border-line-strong"
          />
        </label>
        <div className="flex items-center gap-3">
          <Button type="submit" look="primary" isBusy={ask.isPending} disabled={prompt.trim() === ""}>
            Ask both
          </Button>
          <span className="text-xs text-faint">
            The first answer takes a few seconds longer, while the models are loaded.
          </span>
        </div>
      </form>
      {ask.error !== null && (
        <div className="mt-4">
          <ErrorPanel error={describeError(ask.error)} onRetry={() => ask.mutate()} />
        </div>
      )}
      {ask.data !== undefined && (
        <div className="mt-4 grid gap-4 md:grid-cols-2">
          {ask.data.base !== null && <Answer title={`Base: ${ask.data.base.model}`} answer={ask.data.base} />}
          <Answer title="Tuned" answer={ask.data.tuned} />
        </div>
      )}
    </Card>
  );
};
