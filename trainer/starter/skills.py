"""Small exercises: copying, ordering, counting, spelling and arithmetic."""

from random import Random

from starter import words
from starter.businesses import Message, chat

NAMED_WORDS = words.THINGS + words.ANIMALS + words.FOODS + words.PLACES + words.COLOURS + words.PRODUCTS
ALL_WORDS = NAMED_WORDS + words.COMMON_WORDS


def _invented_word(random: Random) -> str:
    syllables = (
        "ba",
        "de",
        "fi",
        "go",
        "ka",
        "lu",
        "mo",
        "ne",
        "pi",
        "ra",
        "so",
        "tu",
        "ve",
        "wi",
        "zan",
        "tor",
        "mil",
    )
    return "".join(random.choice(syllables) for _ in range(random.randint(2, 4)))


def copy_chat(random: Random) -> list[Message]:
    """Repeat words or a code exactly: the exercise behind every look-up."""
    kind = random.randrange(3)
    if kind == 0:
        text = " ".join(random.sample(ALL_WORDS, random.randint(1, 6)))
    elif kind == 1:
        text = " ".join(_invented_word(random) for _ in range(random.randint(1, 4)))
    else:
        text = "-".join(str(random.randint(0, 9999)) for _ in range(random.randint(1, 3)))
    ask = random.choice(("Repeat: {0}", "Say this again: {0}", "Copy the following text. {0}", "Please repeat: {0}"))
    return chat(ask.format(text), text)


def dictionary_chat(random: Random) -> list[Message]:
    """Invented words with meanings, then one of them is asked for."""
    meanings = {_invented_word(random): random.choice(ALL_WORDS) for _ in range(random.randint(2, 5))}
    lines = random.choice(("{0} means {1}.", "{0} = {1}", "The word {0} means {1}."))
    shown = random.choice(("\n", " ")).join(lines.format(key, value) for key, value in meanings.items())
    asked = random.choice(list(meanings))
    return chat(
        f"{shown}\nWhat does {asked} mean?", random.choice(("{1}", "{0} means {1}.")).format(asked, meanings[asked])
    )


def list_chat(random: Random) -> list[Message]:
    """First, last, count, order or join of a short list."""
    items = random.sample(ALL_WORDS, random.randint(2, 5))
    text = ", ".join(items)
    asked, answer = random.choice(
        (
            ("What is the first word? {0}", items[0]),
            ("What is the last word? {0}", items[-1]),
            ("How many words are these? {0}", words.NUMBER_WORDS[len(items)]),
            ("Put these words in order. {0}", ", ".join(sorted(items))),
            ("Say these words backwards. {0}", ", ".join(reversed(items))),
            ("Write this as a list. {0}", "\n".join(f"- {item}" for item in items)),
            ("Write these words in capitals. {0}", text.upper()),
            ("Join these words with and. {0}", " and ".join(items)),
        )
    )
    return chat(asked.format(text), answer)


def spelling_chat(random: Random) -> list[Message]:
    """Spell a word letter by letter, or say its first letter."""
    word = random.choice(ALL_WORDS)
    if random.random() < 0.5:
        return chat(f"Spell the word {word}.", " ".join(word))
    return chat(f"What is the first letter of {word}?", word[0])


def arithmetic_chat(random: Random) -> list[Message]:
    """Sums, differences and products of small numbers."""
    first, second = random.randint(0, 20), random.randint(0, 20)
    operation = random.choice("+-*")
    if operation == "-":
        first, second = max(first, second), min(first, second)
    if operation == "*":
        first, second = random.randint(0, 10), random.randint(0, 10)
    result = {"+": first + second, "-": first - second, "*": first * second}[operation]
    word = {"+": "plus", "-": "minus", "*": "times"}[operation]
    question = random.choice(
        (
            f"What is {first} {word} {second}?",
            f"{first} {operation} {second} =",
            f"Calculate {first} {operation} {second}.",
        )
    )
    return chat(question, random.choice((str(result), f"{first} {word} {second} is {result}.")))


def sequence_chat(random: Random) -> list[Message]:
    """The next number, day or month."""
    kind = random.randrange(3)
    if kind == 0:
        number = random.randint(0, 200)
        return chat(f"Which number comes after {number}?", str(number + 1))
    names = words.DAYS if kind == 1 else words.MONTHS
    index = random.randrange(len(names))
    unit = "day" if kind == 1 else "month"
    return chat(f"Which {unit} comes after {names[index]}?", names[(index + 1) % len(names)])


def capital_chat(random: Random) -> list[Message]:
    """Capitals of countries."""
    index = random.randrange(len(words.COUNTRIES))
    country, capital = words.COUNTRIES[index], words.CAPITALS[index].replace("_", " ")
    if random.random() < 0.3:
        return chat(f"{capital} is the capital of which country?", f"{capital} is the capital of {country}.")
    return chat(f"What is the capital of {country}?", f"The capital of {country} is {capital}.")


def repeated_text(random: Random) -> str:
    """A few words, numbers or invented words again and again: the quickest way to learn to look back."""
    make = random.choice(
        (
            lambda: random.choice(ALL_WORDS),
            lambda: _invented_word(random),
            lambda: str(random.randint(0, 99999)),
            lambda: random.choice((*words.FIRST_NAMES, *words.TOWNS)),
        )
    )
    once = random.choice((" ", ", ", "\n")).join(make() for _ in range(random.randint(2, 10)))
    return random.choice(("\n", " ")).join([once] * random.randint(2, 4))
