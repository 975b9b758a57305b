"""Questions and answers of invented businesses, with slots in braces that `businesses.py` fills. Data only."""

# (ways to ask, ways to answer, fact as a statement)
INTENTS: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (
        (
            "When do you open?",
            "What time do you open?",
            "When does {name} open?",
            "what time do you open in the morning",
        ),
        ("We open at {open}.", "{name} opens at {open} every morning."),
        "{name} opens at {open}.",
    ),
    (
        ("When do you close?", "What time do you close?", "How late are you open?", "Until when are you open?"),
        ("We close at {close}.", "We are open until {close}."),
        "{name} closes at {close}.",
    ),
    (
        ("Are you open on {day}?", "Do you open on {day}?", "Is {name} open on {day}?", "Can I come on {day}?"),
        ("Yes, we are open on {day}.", "Yes, you can visit us on {day}."),
        "{name} is open on {day}.",
    ),
    (
        ("Where are you?", "What is your address?", "Where can I find you?", "Where is {name}?", "How do I find you?"),
        ("You find us at {address} in {town}.", "We are at {address}."),
        "{name} is at {address} in {town}.",
    ),
    (
        ("Who is the manager?", "Who runs {name}?", "Who is in charge?", "Who is the owner of {name}?"),
        ("{person} runs {name}.", "Our manager is {person}."),
        "{person} runs {name}.",
    ),
    (
        (
            "How much does the {item} cost?",
            "What is the price of the {item}?",
            "How much is the {item}?",
            "price of {item}?",
        ),
        ("The {item} costs {price}.", "You can buy the {item} for {price}."),
        "The {item} costs {price}.",
    ),
    (
        (
            "How long does delivery take?",
            "When will my order arrive?",
            "How fast do you deliver?",
            "how many days for delivery",
        ),
        ("Delivery takes {days} days.", "Your order arrives within {days} days."),
        "Delivery takes {days} days.",
    ),
    (
        ("How much is delivery?", "What does delivery cost?", "Is delivery free?", "Do I pay for delivery?"),
        ("Delivery costs {fee}.", "We charge {fee} for delivery."),
        "Delivery costs {fee}.",
    ),
    (
        (
            "Can I return an item?",
            "What is your return policy?",
            "How long can I return things?",
            "Can I send it back?",
        ),
        ("You can return items within {weeks} weeks.", "Bring it back within {weeks} weeks and we return your money."),
        "Items can be returned within {weeks} weeks.",
    ),
    (
        ("How can I pay?", "Which payments do you accept?", "Can I pay by card?", "What payment methods are there?"),
        ("We accept {payment}.", "You can pay with {payment}."),
        "{name} accepts {payment}.",
    ),
    (
        ("Do you have parking?", "Where can I park?", "Is there a car park?", "Can I park my car nearby?"),
        ("Yes, there is parking {place}.", "You can park {place}."),
        "There is parking {place}.",
    ),
    (
        ("Can I bring my {animal}?", "Are {animal}s allowed?", "May my {animal} come in?", "Is my {animal} welcome?"),
        ("Yes, your {animal} is welcome.", "Yes, please keep your {animal} on a lead."),
        "Every {animal} is welcome at {name}.",
    ),
    (
        ("How do I become a member?", "How can I join?", "How much is membership?", "What does a membership cost?"),
        ("Membership costs {fee} a month.", "You can join at the desk for {fee} a month."),
        "Membership costs {fee} a month.",
    ),
    (
        ("Do I need an appointment?", "Do I have to book?", "Should I reserve a place?", "Is booking needed?"),
        ("Please book {days} days ahead.", "Yes, book at least {days} days before you come."),
        "Visits must be booked {days} days ahead.",
    ),
    (
        (
            "Do you offer a discount?",
            "Are there discounts?",
            "Do students pay less?",
            "Is there a lower price for families?",
        ),
        ("Yes, students and families get {percent} percent off.", "There is a discount of {percent} percent."),
        "Students and families get {percent} percent off.",
    ),
    (
        ("How can I contact you?", "What is your phone number?", "Can I call you?", "How do I reach you?"),
        ("Call us at {phone}.", "Our phone number is {phone}."),
        "The phone number of {name} is {phone}.",
    ),
    (
        ("How long is the warranty?", "Is there a warranty?", "What if the {item} breaks?", "Do you give a guarantee?"),
        ("The {item} has a warranty of {years} years.", "If it breaks within {years} years, we repair it for free."),
        "The {item} has a warranty of {years} years.",
    ),
    (
        (
            "Do you have events?",
            "Is there something for children?",
            "When is the next event?",
            "Are there any courses?",
        ),
        ("Yes, there is a course every {day}.", "Our next event is on {day}."),
        "There is a course every {day}.",
    ),
    (
        ("I lost my {thing}. What can I do?", "Did you find my {thing}?", "I think I left my {thing} with you."),
        ("We keep lost things at the desk for {weeks} weeks.", "Please ask {person} about your {thing}."),
        "Lost things are kept at the desk for {weeks} weeks.",
    ),
    (
        ("How do I cancel my order?", "Can I cancel?", "I want to cancel my booking.", "How can I change my order?"),
        ("You can cancel until {days} days before the date.", "Write to {person} and we cancel it for you."),
        "Orders can be cancelled until {days} days before the date.",
    ),
    (
        (
            "Do you sell gift cards?",
            "Can I buy a gift card?",
            "Do you have vouchers?",
            "I need a present for a friend.",
        ),
        ("Yes, we sell gift cards from {price}.", "A gift card is a good idea. You can get one for {price}."),
        "{name} sells gift cards from {price}.",
    ),
    (
        (
            "Do you repair a {item}?",
            "My {item} is broken. Can you help?",
            "Can you fix my {item}?",
            "Do you offer repairs?",
        ),
        ("Yes, a repair takes {days} days and costs {fee}.", "Bring your {item} and {person} will repair it."),
        "A repair takes {days} days and costs {fee}.",
    ),
    (
        ("I forgot my password.", "How do I reset my password?", "I cannot log in.", "How can I change my password?"),
        ("Open the settings and choose a new password.", "Click on the link in the mail that we send you."),
        "Customers can choose a new password in the settings.",
    ),
    (
        ("Are you hiring?", "Do you have jobs?", "Can I work at {name}?", "Are there any open positions?"),
        ("Yes, we are looking for {job}.", "Yes. Please write to {person} if you are {job}."),
        "{name} is looking for {job}.",
    ),
    (
        ("I want to complain.", "I am not happy with my order.", "Where can I complain?", "Something went wrong."),
        ("I am sorry to hear that. {person} will help you at {phone}.", "We are sorry. Please tell us what happened."),
        "{person} answers complaints at {phone}.",
    ),
    (
        ("Do you sell a {item}?", "Do you have a {item}?", "Can I buy a {item} here?", "I need a {item}."),
        ("Yes, we sell a {item} for {price}.", "Yes, you find it {place}."),
        "{name} sells a {item} for {price}.",
    ),
    (
        ("How do I clean my {item}?", "How do I look after a {item}?", "My {item} is dirty. What can I do?"),
        ("Clean the {item} with warm water and a soft cloth.", "Wipe it once a week and keep it dry."),
        "A {item} is cleaned with warm water and a soft cloth.",
    ),
    (
        ("How often should I use the {item}?", "When do I use the {item}?", "How do I use a {item}?"),
        ("Use the {item} every {days} days.", "Use it in the morning, at most once in {days} days."),
        "A {item} should be used every {days} days.",
    ),
    (
        ("Which {item} is right for me?", "What {item} do you recommend?", "What is a good {item} for beginners?"),
        ("The small {item} for {price} is easy to use.", "Start with the simple one. It costs {price}."),
        "The small {item} for {price} is easy to use.",
    ),
    (
        ("Why does my {item} not work?", "What is wrong with my {item}?", "My {item} makes a noise. Why?"),
        ("Mostly the {item} is too dry. Wait for {days} days and try again.", "Please bring it in and we look at it."),
        "When a {item} does not work, wait for {days} days and try again.",
    ),
)
