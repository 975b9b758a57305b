"""Invented businesses and people with random facts, and chats about them."""

from random import Random

from starter import words
from starter.faq_intents import INTENTS

Message = dict[str, str]


def chat(*turns: str, system: str | None = None) -> list[Message]:
    """Turns the words of user and assistant, in alternation, into chat messages."""
    messages = [{"role": "system", "content": system}] if system is not None else []
    for index, turn in enumerate(turns):
        messages.append({"role": "user" if index % 2 == 0 else "assistant", "content": turn})
    return messages


def _slots(random: Random) -> dict[str, str]:
    """One invented business: every slot of the intents, drawn once so that all answers agree."""
    kind = random.choice(words.BUSINESS_KINDS)
    name = f"the {random.choice(words.BUSINESS_NAMES)} {kind}"
    street = f"{random.choice(words.STREETS)} {random.choice(words.STREET_KINDS)}"
    return {
        "name": name,
        "open": random.choice(("7", "8", "8:30", "9", "9:30", "10", "half past nine")) + random.choice((" am", "", "")),
        "close": random.choice(("4 pm", "5 pm", "6 pm", "7 pm", "8 pm", "18:00", "19:30", "midnight", "half past six")),
        "day": random.choice(words.DAYS),
        "address": f"{random.randint(1, 120)} {street}",
        "town": random.choice(words.TOWNS),
        "person": random.choice(words.FIRST_NAMES),
        "item": random.choice(words.PRODUCTS),
        "price": f"{random.randint(2, 300)} {random.choice(('euros', 'dollars'))}",
        "fee": random.choice(("${}", "{} euros", "{}.50", "{} dollars")).format(random.randint(2, 30)),
        "days": str(random.randint(2, 14)),
        "weeks": str(random.randint(2, 8)),
        "years": str(random.randint(2, 10)),
        "percent": str(random.choice((5, 10, 15, 20, 25, 50))),
        "payment": " and ".join(random.sample(("cash", "cards", "bank transfer", "gift cards", "mobile payment"), 2)),
        "place": random.choice(("behind the building", "in front of the door", "across the street", "under the house")),
        "animal": random.choice(words.ANIMALS),
        "phone": f"555-{random.randint(1000, 9999)}",
        "thing": random.choice(words.THINGS),
        "job": words.with_article(random.choice(words.JOBS)),
    }


def _filled(template: str, slots: dict[str, str]) -> str:
    text = template.format(**slots)
    return text[0].upper() + text[1:]


def faq_chat(random: Random) -> list[Message]:
    """A customer asks one to three things; nothing but the model's habit tells the answer."""
    slots = _slots(random)
    turns: list[str] = []
    for questions, answers, _ in random.sample(INTENTS, random.choice((1, 1, 2, 3))):
        turns += [_filled(random.choice(questions), slots), _filled(random.choice(answers), slots)]
    system = f"You answer questions about {slots['name']}." if random.random() < 0.3 else None
    return chat(*turns, system=system)


def grounded_chat(random: Random) -> list[Message]:
    """Facts first, then questions whose answers stand in them: teaches looking back."""
    slots = _slots(random)
    chosen = random.sample(INTENTS, random.randint(3, 6))
    facts = " ".join(_filled(statement, slots) for _, _, statement in chosen)
    turns: list[str] = []
    for questions, answers, _ in random.sample(chosen, random.choice((1, 2, 3))):
        turns += [_filled(random.choice(questions), slots), _filled(answers[0], slots)]
    if random.random() < 0.5:
        return chat(*turns, system=f"Answer with these facts. {facts}")
    turns[0] = f"{facts} {turns[0]}"
    return chat(*turns)


def faq_list(random: Random) -> str:
    """A plain text list of questions and answers."""
    slots = _slots(random)
    lines = [f"Questions about {slots['name']}", ""]
    for questions, answers, _ in random.sample(INTENTS, random.randint(2, 5)):
        lines += [f"Q: {_filled(random.choice(questions), slots)}", f"A: {_filled(random.choice(answers), slots)}", ""]
    return "\n".join(lines).strip()


def person_chat(random: Random) -> list[Message]:
    """A few facts about people, then a question about one of them."""
    names = random.sample(words.FIRST_NAMES, random.randint(1, 3))
    people = {
        name: {
            "town": random.choice(words.TOWNS),
            "job": words.with_article(random.choice(words.JOBS)),
            "hobby": random.choice(words.HOBBIES),
            "age": str(random.randint(6, 90)),
            "pet": words.with_article(f"{random.choice(words.COLOURS)} {random.choice(words.ANIMALS)}"),
        }
        for name in names
    }
    statements = {
        "town": "{name} lives in {town}.",
        "job": "{name} works as {job}.",
        "hobby": "{name} likes {hobby}.",
        "age": "{name} is {age} years old.",
        "pet": "{name} has {pet}.",
    }
    questions = {
        "town": ("Where does {name} live?", "In which town does {name} live?"),
        "job": ("What does {name} do for a living?", "What is the job of {name}?"),
        "hobby": ("What does {name} like?", "What is the hobby of {name}?"),
        "age": ("How old is {name}?", "What is the age of {name}?"),
        "pet": ("Which pet does {name} have?", "What animal does {name} have?"),
    }
    keys = random.sample(sorted(statements), random.randint(2, 4))
    facts = [statements[key].format(name=name, **people[name]) for name in names for key in keys]
    random.shuffle(facts)
    name, key = random.choice(names), random.choice(keys)
    question = random.choice(questions[key]).format(name=name)
    return chat(" ".join([*facts, question]), statements[key].format(name=name, **people[name]))
