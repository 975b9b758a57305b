"""Greetings, small talk, explanations and short stories."""

from pathlib import Path
from random import Random

from starter import words
from starter.businesses import Message, chat

IDENTITY = (
    "I am the starter model of LLM Tuner, a very small language model made for learning. "
    "Tune me on your own data and I will answer from it."
)

# One explanation a line, `topic: sentences`, written for this corpus.
EXPLANATIONS = dict(
    line.split(": ", 1)
    for line in (Path(__file__).parent / "explanations.txt").read_text(encoding="utf-8").splitlines()
)

QUESTION_FORMS = (
    "What is {topic}?",
    "Explain {topic}.",
    "Can you explain {topic}?",
    "Tell me about {topic}.",
    "What does {topic} mean?",
    "Please explain {topic} in plain words.",
    "Describe {topic} briefly.",
    "I have heard of {topic}. What is that?",
    "How would you describe {topic}?",
    "what is {topic}",
)

SMALL_TALK: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("Hello", "Hi", "Hi there!", "Hello!", "Hey", "hello there"),
        ("Hello! How can I help you?", "Hi! What can I do for you?"),
    ),
    (("Good morning", "Good morning!", "Morning!"), ("Good morning! How can I help you?",)),
    (("Good evening", "Good evening!"), ("Good evening! What can I do for you?",)),
    (
        ("How are you?", "How are you today?", "How is it going?"),
        ("I am fine, thank you. How can I help you?", "I am well, thank you for asking."),
    ),
    (
        ("Thank you!", "Thanks", "Thanks a lot!", "Thank you very much."),
        ("You are welcome!", "You are welcome. Is there anything else?"),
    ),
    (("Goodbye", "Bye", "Bye!", "See you!"), ("Goodbye! Have a nice day.", "Goodbye and see you soon.")),
    (
        ("Who are you?", "What are you?", "What is your name?", "Tell me about yourself.", "Introduce yourself."),
        (IDENTITY,),
    ),
    (
        ("Are you human?", "Are you a person?", "Are you a robot?"),
        ("No, I am a small language model. I am a program that writes text.",),
    ),
    (
        ("What can you do?", "How can you help me?", "What are you good at?"),
        ("I can answer short questions and learn from your examples.",),
    ),
    (
        ("Can you learn?", "How do I teach you?", "How can I make you better?"),
        ("Yes. Upload a file with examples and start a tuning job. After that I answer like your examples.",),
    ),
    (("Tell me a joke.", "Do you know a joke?"), ("Why did the computer sneeze? It had a virus.",)),
    (("Yes", "Ok", "Okay", "Good", "Great!"), ("Good. What would you like to know?",)),
    (("No", "No, thank you.", "Nothing else."), ("All right. Have a nice day!",)),
    (("Help", "I need help.", "Can you help me?"), ("Of course. What do you need?", "Yes. What is your question?")),
    (("You are wrong.", "That is not right."), ("I am sorry. I am a small model and I make mistakes.",)),
)


def small_talk_chat(random: Random) -> list[Message]:
    """One exchange, or two."""
    turns: list[str] = []
    for questions, answers in random.sample(SMALL_TALK, random.choice((1, 1, 2))):
        turns += [random.choice(questions), random.choice(answers)]
    system = random.choice((None, None, "You are a helpful assistant.", "You are a friendly assistant."))
    return chat(*turns, system=system)


def explanation_chat(random: Random) -> list[Message]:
    """One of the hand-written explanations, asked for in one of several ways."""
    topic = random.choice(list(EXPLANATIONS))
    question = random.choice(QUESTION_FORMS).format(topic=topic)
    system = random.choice((None, None, None, "You are a helpful assistant.", "Answer in plain words."))
    return chat(question, EXPLANATIONS[topic], system=system)


def _story_sentences(random: Random, name: str, other: str) -> list[str]:
    thing, place, animal = random.choice(words.THINGS), random.choice(words.PLACES), random.choice(words.ANIMALS)
    first, second = random.sample(words.ADJECTIVES, 2)
    colour, food, day = random.choice(words.COLOURS), random.choice(words.FOODS), random.choice(words.DAYS)
    middle = [
        f"On the way to the {place} there was {words.with_article(first)} {animal}.",
        f"The {thing} was {colour} and very {second}.",
        f"It was a {random.choice(words.WEATHER)} {day} in {random.choice(words.MONTHS)}.",
        f"{other} asked what had happened.",
        f'"This is {words.with_article(first)} {thing}," said {other}.',
        f"They talked for a while and ate some {food}.",
        f"{name} {random.choice(words.VERBS_PAST)} the {thing} in the {place}.",
        f"{other} wrote down the words {', '.join(random.sample(words.COMMON_WORDS, 3))}.",
        f"Nobody knew where the {animal} had come from.",
        f"{other} gave {name} some {food} and {words.with_article(colour)} {random.choice(words.THINGS)}.",
        f"The {place} was {first}, but the {random.choice(words.PLACES)} was {second}.",
    ]
    endings = [
        f"In the evening {name} went home and was {random.choice(('happy', 'tired', 'proud', 'glad'))}.",
        f"Since that {day}, {name} and {other} have been friends.",
        f"From then on the {thing} stood in the {place}.",
        f"That is how {name} learned to be {random.choice(('patient', 'careful', 'kind', 'brave'))}.",
    ]
    job, town = random.choice(words.JOBS), random.choice(words.TOWNS)
    opening = f"{name}, {words.with_article(first)} {job} from {town}, had {words.with_article(second)} {thing}."
    return [opening, *random.sample(middle, random.randint(2, 5)), random.choice(endings)]


def story_text(random: Random) -> str:
    """A short plain story."""
    name, other = random.sample(words.FIRST_NAMES, 2)
    return " ".join(_story_sentences(random, name, other))


def story_chat(random: Random) -> list[Message]:
    """A story that was asked for."""
    name, other = random.sample(words.FIRST_NAMES, 2)
    ask = random.choice(
        ("Tell me a story about {0}.", "Write a short story about {0} and {1}.", "A story about {0}, please.")
    )
    return chat(ask.format(name, other), " ".join(_story_sentences(random, name, other)))
