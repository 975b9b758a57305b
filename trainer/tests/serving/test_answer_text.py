from random import Random

import pytest
from tokenizers import Tokenizer

from llm_tuner_trainer.serving.answer_text import AnswerText, StopFilter, TokenText


@pytest.fixture(scope="module")
def tokenizer(starter_folder) -> Tokenizer:
    return Tokenizer.from_file(str(starter_folder / "tokenizer.json"))


@pytest.mark.parametrize("text", ["plain words", "Grüße, 漢字 and 🪴🧑‍🌾!", "  two  spaces\n\nlines\t", "a\u0301b"])
def test_pieces_hold_whole_characters_and_join_to_the_text(tokenizer, text):
    stream = TokenText(tokenizer)
    pieces = [stream.push(token) for token in tokenizer.encode(text).ids]
    assert "".join(pieces) + stream.finish() == text
    assert not any("\ufffd" in piece for piece in pieces)


def test_a_character_that_is_cut_off_at_the_end_is_left_out(tokenizer):
    ids = tokenizer.encode("ok 🪴").ids
    stream = TokenText(tokenizer)
    given = "".join(stream.push(token) for token in ids[:-1])
    assert given + stream.finish() == "ok "


def test_bytes_that_are_no_character_do_not_block_what_follows(tokenizer):
    broken = tokenizer.encode("漢").ids[0]
    stream = TokenText(tokenizer)
    text = stream.push(broken) + "".join(stream.push(token) for token in tokenizer.encode(" then words").ids)
    assert text.endswith(" then words")


def test_bytes_that_are_no_text_are_not_held_for_ever(tokenizer):
    broken = tokenizer.encode("漢").ids[0]
    stream = TokenText(tokenizer)
    pieces = [stream.push(broken) for _ in range(100)]
    assert "".join(pieces) == "\ufffd" * 96


def test_special_tokens_are_not_given_out(tokenizer):
    stream = TokenText(tokenizer)
    ids = [*tokenizer.encode("a").ids, tokenizer.token_to_id("<|user|>"), *tokenizer.encode("b").ids]
    assert "".join(stream.push(token) for token in ids) == "ab"


def filtered(pieces: list[str], stops: list[str]) -> tuple[list[str], bool]:
    stop_filter = StopFilter(stops)
    given = []
    for piece in pieces:
        given.append(stop_filter.push(piece))
        if stop_filter.stopped:
            return given, True
    return [*given, stop_filter.finish()], False


def test_a_stop_string_over_several_pieces_is_never_given_out():
    assert filtered(["one E", "N", "D two"], ["END"]) == (["one ", "", ""], True)


def test_what_looked_like_a_stop_string_is_given_out_when_it_is_none():
    given, stopped = filtered(["one E", "N", "E two"], ["END"])
    assert ("".join(given), stopped) == ("one ENE two", False)


def test_a_held_beginning_comes_out_at_the_end():
    given, stopped = filtered(["one EN"], ["END"])
    assert ("".join(given), stopped) == ("one EN", False)


def test_of_two_stop_strings_the_first_wins():
    given, stopped = filtered(["a|b#c"], ["#", "|"])
    assert ("".join(given), stopped) == ("a", True)


def test_however_the_text_is_cut_the_first_complete_stop_string_ends_it():
    random = Random(3)
    for _ in range(500):
        text = "".join(random.choice("ab") for _ in range(30))
        stops = ["".join(random.choice("ab") for _ in range(random.randint(2, 6))) for _ in range(2)]
        pieces, start = [], 0
        while start < len(text):
            end = start + random.randint(1, 4)
            pieces.append(text[start:end])
            start = end
        given, stopped = filtered(pieces, stops)
        complete = [(text.find(stop) + len(stop), text.find(stop)) for stop in stops if stop in text]
        assert stopped == bool(complete)
        assert "".join(given) == (text[: min(complete)[1]] if complete else text)


def test_a_stop_string_in_the_last_held_text_ends_the_answer(tokenizer):
    # The replacement character is held until the end, so the stop string is complete only then.
    answer = AnswerText(tokenizer, ["z"])
    half = tokenizer.encode("漢").ids[0]
    for token in [*tokenizer.encode("yz").ids, half]:
        answer.push(token)
    assert answer.stopped
