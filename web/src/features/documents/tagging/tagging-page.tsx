import { offlineTagger, updateTaggingSettings, type TaggingSettings } from "@llm-tuner/contract/tagging.ts";
import { useQueries } from "@tanstack/react-query";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { taggingKey, taggingQualityQuery, taggingSettingsQuery } from "../../../api/document-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Card, Skeleton } from "../../../ui/card.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { taggerWord } from "../document-words.ts";
import { MakeTrainingData } from "../training-data-form.tsx";
import { BeforeAndAfter, Evaluations } from "./evaluations.tsx";
import { QualityTable } from "./quality-table.tsx";
import { TaggerSelect } from "./tagger-select.tsx";

const WhoTags = ({ settings }: { settings: TaggingSettings }) => {
  const change = useAct({
    act: (tagger: string | null) => call(updateTaggingSettings, { body: { tagger } }),
    changes: [taggingKey],
    notice: ({ tagger }) => `${taggerWord(tagger)} tags your documents from now on.`,
  });
  return (
    <Card title="Who tags">
      <div className="max-w-md">
        <TaggerSelect
          label="Tagger of new documents"
          help={
            settings.tagger === offlineTagger
              ? "It picks the most telling words itself: free and quick, but it has no understanding."
              : "It reads each document. What it is paid stands under Usage, and at each document."
          }
          tagger={settings.tagger}
          disabled={change.isPending}
          onChange={(tagger) => change.mutate(tagger)}
        />
      </div>
      {!settings.is_default && (
        <Button look="quiet" className="mt-2 -ml-3" isBusy={change.isPending} onClick={() => change.mutate(null)}>
          Go by the platform&apos;s choice
        </Button>
      )}
    </Card>
  );
};

const Loop = () => (
  <Card title="Teach a model your tags">
    <p className="max-w-2xl text-soft">
      Every tag that you accept is an example. Make a training data set of them, tune a model on it, and let that model
      tag what comes next: on its page stands “Use as tagger”.
    </p>
    <div className="mt-3">
      <MakeTrainingData />
    </div>
  </Card>
);

/** Who tags documents, how good each tagger was, and what a change of taggers has brought. */
export const TaggingPage = () => {
  const [settings, quality] = useQueries({ queries: [taggingSettingsQuery, taggingQualityQuery] });
  const error = settings.error ?? quality.error;
  const refused = error !== null && (
    <ErrorPanel
      error={describeError(error)}
      onRetry={() => void Promise.all([settings.refetch(), quality.refetch()])}
    />
  );
  if (settings.data === undefined || quality.data === undefined) {
    if (refused !== false) return refused;
    return (
      <>
        <Skeleton className="h-32" />
        <Skeleton className="h-48" />
        <Skeleton className="h-48" />
      </>
    );
  }
  const { tagger } = settings.data;
  const { taggers, evaluations, held_out_documents } = quality.data;
  return (
    <>
      {refused}
      <div className="grid items-stretch gap-4 lg:grid-cols-2">
        <WhoTags settings={settings.data} />
        <Loop />
      </div>
      <BeforeAndAfter evaluations={evaluations} tagger={tagger} />
      <h2>By what you decided</h2>
      <QualityTable taggers={taggers} />
      <h2>By documents that no training has seen</h2>
      <Evaluations evaluations={evaluations} heldOut={held_out_documents} tagger={tagger} />
    </>
  );
};
