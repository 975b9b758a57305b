import { TagName, type DocumentTag } from "@llm-tuner/contract/tags.ts";
import { clsx } from "clsx";
import { Check, Pencil, Undo2, X } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode, type SyntheticEvent } from "react";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { count } from "../../../ui/format.ts";
import { Notice } from "../../../ui/notice.tsx";
import { counts } from "./tag-review.ts";
import type { TagReview } from "./use-tag-review.ts";

const stateWords: Record<DocumentTag["state"], string> = {
  suggested: "Suggested",
  accepted: "Accepted",
  edited: "Replaced",
  rejected: "Rejected",
};

const IconButton = ({ label, onPress, children }: { label: string; onPress(): void; children: ReactNode }) => (
  <button
    type="button"
    aria-label={label}
    title={label}
    className="rounded p-1.5 text-soft hover:bg-hover hover:text-text"
    onClick={onPress}
  >
    {children}
  </button>
);

interface NameFormProps {
  label: string;
  initial: string;
  word: string;
  onName(name: string): void;
  onCancel?: () => void;
}

/** One line for the name of a tag, checked as the platform checks it. */
const NameForm = ({ label, initial, word, onName, onCancel }: NameFormProps) => {
  const [text, setText] = useState(initial);
  const [fault, setFault] = useState<string>();
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const parsed = TagName.safeParse(text);
    if (!parsed.success) {
      setFault(parsed.error.issues[0]?.message);
      return;
    }
    setFault(undefined);
    setText("");
    onName(parsed.data);
  };
  return (
    <form onSubmit={submit} className="flex flex-1 flex-wrap gap-2">
      <input
        aria-label={label}
        placeholder={label}
        // Somebody who pressed a key to edit wants to type at once.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus={onCancel !== undefined}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={({ key }) => (key === "Escape" ? onCancel?.() : undefined)}
        className="min-h-9 min-w-0 flex-1 rounded-md border border-line bg-surface px-3 placeholder:text-faint hover:border-line-strong"
      />
      <Button type="submit" disabled={text.trim() === ""}>
        {word}
      </Button>
      <p aria-live="polite" className="w-full text-xs text-danger empty:hidden">
        {fault}
      </p>
    </form>
  );
};

interface TagRowProps {
  tag: DocumentTag;
  review: TagReview;
  isEditing: boolean;
  onEdit(tag: string | undefined): void;
}

const TagActs = ({ tag: { tag, state }, review, onEdit }: Omit<TagRowProps, "isEditing">) => (
  <div className="flex shrink-0">
    {state !== "accepted" && (
      <IconButton label={`Accept ${tag}`} onPress={() => review.decide({ tag, state: "accepted" })}>
        <Check size={16} />
      </IconButton>
    )}
    <IconButton label={`Put another tag in place of ${tag}`} onPress={() => onEdit(tag)}>
      <Pencil size={16} />
    </IconButton>
    {state === "suggested" || state === "accepted" ? (
      <IconButton label={`Reject ${tag}`} onPress={() => review.decide({ tag, state: "rejected" })}>
        <X size={16} />
      </IconButton>
    ) : (
      <IconButton
        label={`Take back the decision about ${tag}`}
        onPress={() => review.decide({ tag, state: "suggested" })}
      >
        <Undo2 size={16} />
      </IconButton>
    )}
  </div>
);

const TagRow = ({ tag, review, isEditing, onEdit }: TagRowProps) => {
  const isChosen = review.chosen === tag.tag;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  const isOut = tag.state === "rejected" || tag.state === "edited";
  return (
    <li
      ref={row}
      aria-current={isChosen}
      className={clsx(
        "flex items-center gap-2 rounded-md border px-2 py-1",
        isChosen ? "border-accent bg-accent-soft" : "border-transparent hover:bg-hover",
      )}
    >
      {isEditing ? (
        <NameForm
          label={`In place of ${tag.tag}`}
          initial={tag.tag}
          word="Replace"
          onName={(name) => {
            onEdit(undefined);
            review.decide({ tag: tag.tag, state: "accepted", name });
          }}
          onCancel={() => onEdit(undefined)}
        />
      ) : (
        <>
          <button type="button" className="min-w-0 flex-1 text-left" onClick={() => review.choose(tag.tag)}>
            <span className={clsx("break-words", isOut ? "text-faint line-through" : "font-medium")}>{tag.tag}</span>
            <span className="ml-2 text-xs whitespace-nowrap text-faint">
              {stateWords[tag.state]}
              {tag.is_new && tag.state === "suggested" && ", new"}
            </span>
          </button>
          <TagActs tag={tag} review={review} onEdit={onEdit} />
        </>
      )}
    </li>
  );
};

interface TagPanelProps {
  review: TagReview;
  /** Who suggested them, in words. */
  origin: string;
  /** What of the wish could not be met. */
  note: string | null;
  editing: string | undefined;
  onEdit(tag: string | undefined): void;
}

/** The tags of a document, each with what may be decided of it. */
export const TagPanel = ({ review, origin, note, editing, onEdit }: TagPanelProps) => {
  const { suggested, accepted } = counts(review.tags);
  return (
    <Card
      title="Tags"
      action={
        suggested > 0 && <Button onClick={review.acceptAll}>Accept all {suggested > 1 ? count(suggested) : ""}</Button>
      }
    >
      <p className="mb-3 text-xs text-faint">
        {origin} {count(accepted)} accepted, {count(suggested)} to decide.
      </p>
      {note !== null && (
        <div className="mb-3">
          <Notice>{note}</Notice>
        </div>
      )}
      {review.tags.length === 0 ? (
        <p className="mb-3 text-soft">No tags yet. Add the first one below.</p>
      ) : (
        <ul className="-mx-2 mb-3 flex flex-col gap-0.5">
          {review.tags.map((tag) => (
            <TagRow key={tag.tag} tag={tag} review={review} isEditing={editing === tag.tag} onEdit={onEdit} />
          ))}
        </ul>
      )}
      <NameForm label="Add a tag" initial="" word="Add" onName={review.add} />
    </Card>
  );
};
