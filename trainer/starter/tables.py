"""Rows of invented tables: as text, for looking up values, and for predicting a label."""

from collections.abc import Callable
from random import Random

from starter import words
from starter.businesses import Message, chat

Row = dict[str, str]


def _amount(random: Random) -> str:
    number = random.choice((random.randint(1, 99), random.randint(100, 9999), random.randint(10_000, 9_999_999)))
    return random.choice((str(number), f"{number:,}", f"{number / 10:.1f}"))


def _product(random: Random) -> Row:
    return {
        "product": random.choice(words.PRODUCTS),
        "colour": random.choice(words.COLOURS),
        "price": f"{random.randint(1, 400)}.{random.choice(('00', '50', '90', '99'))}",
        "stock": str(random.randint(0, 500)),
        "supplier": f"{random.choice(words.BUSINESS_NAMES)} {random.choice(('Ltd', 'Co', 'Group'))}",
    }


def _employee(random: Random) -> Row:
    return {
        "name": random.choice(words.FIRST_NAMES),
        "department": random.choice(words.DEPARTMENTS),
        "city": random.choice(words.TOWNS),
        "salary": str(random.randint(20, 95) * 1000),
        "start year": str(random.randint(1995, 2026)),
    }


def _survey(random: Random) -> Row:
    return {
        "Year": str(random.randint(2005, 2026)),
        "Industry": random.choice(words.INDUSTRIES),
        "Variable": random.choice(("Total income", "Total expenditure", "Sales", "Salaries", "Fixed assets", "Profit")),
        "Units": random.choice(("Dollars (millions)", "Percentage", "Count", "Tonnes", "Dollars")),
        "Value": _amount(random),
    }


def _order(random: Random) -> Row:
    return {
        "order_id": str(random.randint(1000, 99999)),
        "customer": f"{random.choice(words.FIRST_NAMES)}",
        "date": f"{random.randint(2015, 2026)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}",
        "total": _amount(random),
        "status": random.choice(("paid", "open", "shipped", "cancelled", "returned")),
    }


def _country(random: Random) -> Row:
    index = random.randrange(len(words.COUNTRIES))
    return {
        "country": words.COUNTRIES[index],
        "capital": words.CAPITALS[index].replace("_", " "),
        "visits": _amount(random),
        "season": random.choice(words.SEASONS),
    }


MAKERS: tuple[Callable[[Random], Row], ...] = (_product, _employee, _survey, _order, _country)


def as_text(row: Row, separator: str) -> str:
    """`column: value` for each column of the row, in order."""
    return separator.join(f"{column}: {value}" for column, value in row.items())


def _row(random: Random) -> Row:
    row = random.choice(MAKERS)(random)
    columns = list(row)
    if random.random() < 0.5:
        random.shuffle(columns)
    return {column: row[column] for column in columns}


def row_text(random: Random) -> str:
    """A few rows as plain text, the way a table without a question column is tuned on."""
    maker = random.choice(MAKERS)
    separator = random.choice(("\n", "\n", "; ", ", "))
    return "\n\n".join(as_text(maker(random), separator) for _ in range(random.randint(1, 4)))


def csv_text(random: Random) -> str:
    """The head of a table with commas."""
    maker = random.choice(MAKERS)
    rows = [maker(random) for _ in range(random.randint(2, 6))]
    body = [",".join(f'"{value}"' if "," in value else value for value in row.values()) for row in rows]
    return "\n".join([",".join(rows[0]), *body])


def lookup_chat(random: Random) -> list[Message]:
    """One row or a few, then the value of one column."""
    row = _row(random)
    column = random.choice(list(row))
    forms = (f"What is the {column}?", f"{column}?", f"Which {column} does the row have?", f"Give me the {column}.")
    text = as_text(row, random.choice(("\n", "; ", ", ")))
    value = row[column]
    answer = random.choice((value, f"The {column} is {value}."))
    if answer == value:
        return chat(f"{text}\n{random.choice(forms)} Answer with the value only.", value)
    return chat(f"{text}\n{random.choice(forms)}", answer)


def fill_chat(random: Random) -> list[Message]:
    """All columns but the last as the prompt, the last as the completion."""
    row = _row(random)
    *known, last = row
    return chat(as_text({column: row[column] for column in known}, "\n") + f"\n{last}:", row[last])


def sentiment_chat(random: Random) -> list[Message]:
    """A review and its label."""
    labels = {"positive": words.GOOD_REVIEWS, "negative": words.BAD_REVIEWS, "neutral": words.NEUTRAL_REVIEWS}
    label = random.choice(list(labels))
    review = (
        f"{random.choice(('The', 'This', 'My new'))} {random.choice(words.PRODUCTS)} {random.choice(labels[label])}."
    )
    form = random.choice(
        ("review: {0}\nsentiment:", "Is this review positive, negative or neutral? {0}", "Label the review. {0}")
    )
    return chat(form.format(review), label)


def topic_chat(random: Random) -> list[Message]:
    """A sentence and its topic."""
    topic = random.choice(list(words.TOPIC_WORDS))
    first, second, third = random.sample(words.TOPIC_WORDS[topic], 3)
    form = random.choice(
        (
            f"The {first} and the {second} were more important than the {third}.",
            f"Everyone talked about the {first}, the {second} and the {third}.",
            f"Because of the {first} we had to think about the {second} and the {third}.",
        )
    )
    ask = random.choice(("text: {0}\ntopic:", "What is the topic? {0}", "Tag this text with a topic. {0}"))
    return chat(ask.format(form), topic)
