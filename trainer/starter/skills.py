"""What a very small model can learn by heart: sums of small numbers, what comes next, capitals."""

from random import Random

from starter import words
from starter.businesses import Message, chat


def arithmetic_chat(random: Random) -> list[Message]:
    """Sums and differences of numbers from 0 to 9."""
    first, second = random.randint(0, 9), random.randint(0, 9)
    operation, word = random.choice((("+", "plus"), ("-", "minus")))
    if operation == "-":
        first, second = max(first, second), min(first, second)
    result = first + second if operation == "+" else first - second
    question = random.choice((f"What is {first} {word} {second}?", f"{first} {operation} {second} ="))
    return chat(question, f"{first} {word} {second} is {result}.")


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
