import { updateTaggingSettings } from "@llm-tuner/contract/tagging.ts";
import type { TunedModel } from "@llm-tuner/contract/models.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/call.ts";
import { taggingKey, taggingSettingsQuery } from "../../api/document-queries.ts";
import { useAct } from "../../api/use-act.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";

/** Lets a model that is deployed tag the documents that come next. */
export const UseAsTagger = ({ model: { name, deployment } }: { model: TunedModel }) => {
  const { data: settings } = useQuery(taggingSettingsQuery);
  const choose = useAct({
    act: () => call(updateTaggingSettings, { body: { tagger: name } }),
    changes: [taggingKey],
    notice: `${name} tags your documents from now on.`,
  });
  if (settings === undefined) return null;
  const isTagger = settings.tagger === name;
  return (
    <Card title="Tag documents with it">
      <p className="text-soft">
        {isTagger
          ? "It suggests the tags of your new documents."
          : "For a model that was tuned on tags you accepted: it suggests the tags of your new documents."}{" "}
        <Link to="/documents/tagging" className="text-accent-text hover:underline">
          How good each tagger is
        </Link>
      </p>
      {!isTagger && (
        <div className="mt-3 flex flex-wrap items-center gap-3">
          <Button isBusy={choose.isPending} disabled={deployment === null} onClick={() => choose.mutate()}>
            Use as tagger
          </Button>
          {deployment === null && <span className="text-xs text-faint">Deploy it first.</span>}
        </div>
      )}
    </Card>
  );
};
