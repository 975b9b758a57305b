import json
from pathlib import Path

import numpy as np
import pytest

from llm_tuner_trainer.examples import Example, read_examples
from llm_tuner_trainer.failures import TrainerError
from llm_tuner_trainer.run_folder import RunFolder
from llm_tuner_trainer.template import ChatTemplate, Message, Span
from llm_tuner_trainer.tokenise import TokenisedData, encode_examples, supervised_mask, tokenise
from tests.training.toys import chat, colour_examples, write_lines

EOS = "<|endoftext|>"


@pytest.fixture(scope="module")
def template(gpt2_folder) -> ChatTemplate:
    return ChatTemplate.load(gpt2_folder)


def encode(template: ChatTemplate, *messages: Message) -> tuple[list[int], list[int]]:
    return encode_examples([Example("here", messages, None)], template)[0]


def learnt(template: ChatTemplate, ids, mask) -> str:
    return template.tokenizer.decode([i for i, m in zip(ids, mask, strict=True) if m], skip_special_tokens=False)


def tokenise_rows(tmp_path: Path, template: ChatTemplate, train, held_out=(), max_tokens=96) -> TokenisedData:
    write_lines(tmp_path / "data" / "train.jsonl", train)
    write_lines(tmp_path / "data" / "held-out.jsonl", held_out)
    return tokenise(RunFolder(tmp_path), template, max_tokens, lambda: None)


def test_the_loss_covers_the_answer_with_its_end_and_nothing_else(template):
    ids, mask = encode(template, Message("user", "the sky?"), Message("assistant", "blue"))
    assert learnt(template, ids, mask) == f"blue{EOS}"


def test_pitfall_15_a_text_is_tokenised_once_and_split_by_offsets(template):
    # Tokenised alone, "blue" and " sky" would become other tokens than they are inside the whole text.
    messages = (Message("user", "colour?"), Message("assistant", "blue sky"))
    text, _ = template.render_supervised(messages)
    ids, mask = encode(template, *messages)
    assert ids == template.tokenizer.encode(text, add_special_tokens=False).ids
    prompt = template.encode_chat(messages[:1])
    assert ids[: len(prompt)] == prompt
    assert mask[: len(prompt)] == [0] * len(prompt)
    assert mask[len(prompt)] == 1


def test_pitfall_15_a_token_across_the_boundary_counts(template):
    encoding = template.tokenizer.encode("the sky", add_special_tokens=False)
    inside = encoding.offsets[-1][0] + 1
    assert encoding.offsets[-1][1] > inside
    mask = supervised_mask(encoding, [Span(inside, 7)])
    assert mask == [0] * (len(mask) - 1) + [1]


def test_characters_of_several_tokens_count_whole(template):
    ids, mask = encode(template, Message("user", "é漢"), Message("assistant", "漢🪴"))
    assert learnt(template, ids, mask) == f"漢🪴{EOS}"


def test_every_answer_of_a_conversation_counts_unless_its_weight_is_0(template):
    messages = [Message("user", "a"), Message("assistant", "one"), Message("user", "b"), Message("assistant", "two")]
    assert learnt(template, *encode(template, *messages)) == f"one{EOS}two{EOS}"
    messages[1] = Message("assistant", "one", weight=0)
    assert learnt(template, *encode(template, *messages)) == f"two{EOS}"


def test_a_plain_text_counts_whole_with_its_end(template):
    ((ids, mask),) = encode_examples([Example("here", (), "the sky")], template)
    assert learnt(template, ids, mask) == f"the sky{EOS}"


def test_a_plain_text_gets_the_bos_that_the_tokenizer_adds(llama_folder):
    llama = ChatTemplate.load(llama_folder)
    ((ids, mask),) = encode_examples([Example("here", (), "the sky")], llama)
    assert ids == [*llama.encode_text("the sky"), 1]
    assert ids[0] == 0
    assert mask == [0] + [1] * (len(ids) - 1)


def test_counts_are_those_of_a_naive_count(tmp_path, template):
    rows = [*colour_examples(40), {"text": "the grass is green"}, chat("x", "y" * 300)]
    data = tokenise_rows(tmp_path, template, rows, rows[:3], max_tokens=50)
    encoded = encode_examples(list(read_examples(tmp_path / "data" / "train.jsonl")), template)
    counts = data.train_counts
    assert counts.examples == len(data.train) == 42
    assert counts.tokens == sum(min(len(ids), 50) for ids, _ in encoded)
    assert counts.supervised_tokens == sum(sum(mask[1:50]) for _, mask in encoded) == data.train.targets.sum()
    assert counts.longest_example_tokens == max(len(ids) for ids, _ in encoded) > 300
    assert data.held_out_counts.examples == 3
    for index, (ids, mask) in enumerate(encoded):
        kept_ids, kept_mask = data.train.example(index)
        assert kept_ids.tolist() == ids[:50]
        assert kept_mask.tolist() == mask[:50]


def test_pitfall_11_truncation_is_counted(tmp_path, template):
    data = tokenise_rows(tmp_path, template, [chat("x", "short"), chat("x", "y" * 100), chat("x", "y" * 99)])
    assert data.train_counts.truncated_examples == 2
    assert data.train.lengths.max() == 96


def test_the_histogram_has_every_example_once_and_at_most_40_buckets(tmp_path, template):
    rows = [chat("x", "y " * length) for length in range(1, 400, 3)]
    counts = tokenise_rows(tmp_path, template, rows, max_tokens=10_000).train_counts
    ends = [bucket["up_to"] for bucket in counts.histogram]
    assert sum(bucket["examples"] for bucket in counts.histogram) == counts.examples
    assert len(ends) <= 40
    assert ends == sorted(set(ends))
    assert ends[-1] >= counts.longest_example_tokens


def test_many_examples_are_read_in_pieces_and_stay_in_order(tmp_path, template):
    rows = [{"text": f"number {number}"} for number in range(1100)]
    pieces = []
    write_lines(tmp_path / "data" / "train.jsonl", rows)
    data = tokenise(RunFolder(tmp_path), template, 96, lambda: pieces.append(1))
    assert len(pieces) == 3
    last = template.tokenizer.decode(data.train.example(1099)[0].tolist())
    assert last == "number 1099"


def test_tokens_are_mapped_from_files_that_a_later_attempt_finds_again(tmp_path, template):
    first = tokenise_rows(tmp_path, template, colour_examples(5))
    assert isinstance(first.train.ids, np.memmap)
    (cached,) = (tmp_path / "cache").iterdir()
    made_at = (cached / "train.ids").stat().st_mtime_ns
    again = tokenise(RunFolder(tmp_path), template, 96, lambda: pytest.fail("tokenised again"))
    assert again.train_counts == first.train_counts
    assert (cached / "train.ids").stat().st_mtime_ns == made_at


@pytest.mark.parametrize("change", ["data", "length"])
def test_other_data_or_another_length_is_tokenised_anew(tmp_path, template, change):
    tokenise_rows(tmp_path, template, colour_examples(5))
    changed = tokenise_rows(
        tmp_path, template, colour_examples(6 if change == "data" else 5), max_tokens=96 if change == "data" else 20
    )
    assert (changed.train_counts.examples, changed.train.lengths.max() <= 20) == ((6, False), (5, True))[
        change == "length"
    ]
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_what_a_crash_left_of_a_cache_is_not_used(tmp_path, template):
    (tmp_path / "cache" / ".tokens-0123456789abcdef.tmp").mkdir(parents=True)
    assert tokenise_rows(tmp_path, template, colour_examples(5)).train_counts.examples == 5


def test_no_held_out_file_is_no_examples(tmp_path, template):
    write_lines(tmp_path / "data" / "train.jsonl", colour_examples(2))
    data = tokenise(RunFolder(tmp_path), template, 96, lambda: None)
    assert len(data.held_out) == 0
    assert data.held_out_counts.histogram == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "Expecting"),
        ("[]", "messages or with text"),
        ('{"messages": [], "text": "x"}', "messages or with text"),
        ('{"text": ""}', "is empty"),
        ('{"text": 1}', "not a text"),
        ('{"messages": []}', "is empty"),
        ('{"messages": "x"}', "not a list"),
        ('{"messages": [{"role": "user"}]}', "role, content"),
        ('{"messages": [{"role": "user", "content": "x", "name": "y"}]}', "role, content"),
        ('{"messages": [{"role": "tool", "content": "x"}]}', "unknown role"),
        ('{"messages": [{"role": "user", "content": null}]}', "unknown role"),
        ('{"messages": [{"role": "assistant", "content": "x", "weight": 2}]}', "weight"),
        ('{"messages": [{"role": "assistant", "content": "x", "weight": true}]}', "weight"),
    ],
)
def test_a_line_that_is_no_example_is_named(tmp_path, line, reason):
    path = tmp_path / "train.jsonl"
    path.write_text(json.dumps(chat("x", "y")) + "\n" + line + "\n")
    with pytest.raises(TrainerError, match=f"train.jsonl, line 2: .*{reason}") as caught:
        list(read_examples(path))
    assert caught.value.code == "data_invalid"


def test_a_line_in_another_encoding_is_named(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_bytes(b'{"text": "caf\xe9"}\n')
    with pytest.raises(TrainerError, match=r"train\.jsonl, line 1"):
        list(read_examples(path))


def test_messages_that_the_template_refuses_are_named(tmp_path, template):
    refusing = ChatTemplate(template.files, "{{ raise_exception('no such role') }}", (0,), None)
    with pytest.raises(TrainerError, match=r"train\.jsonl, line 1: .*no such role"):
        tokenise_rows(tmp_path, refusing, [chat("x", "y")])
