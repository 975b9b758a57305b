"""Word lists that the corpus draws from."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def with_article(phrase: str) -> str:
    """`an old lamp` or `a lamp`."""
    return f"{'an' if phrase[0] in 'aeio' else 'a'} {phrase}"


FIRST_NAMES = _words(
    """Ada Amir Anna Ben Bela Cara Chidi Clara Dana David Elena Emil Eva Farid Finn Grace Hana Hugo Ines Ivan Jana
    Jonas Kai Kira Lara Leo Lina Luca Maja Marco Mara Mei Milan Mina Nadia Nico Nora Olga Omar Oscar Paula Petra Priya
    Rafael Rosa Ruth Sam Sara Selma Simon Sofia Tariq Theo Tina Tom Uma Vera Victor Wanda Yara Yuki Zoe"""
)
TOWNS = _words(
    """Elmford Oakridge Millbrook Stonehaven Riverton Ashby Fernhill Lakeview Northam Westbury Brightwater Greendale
    Harborough Kingsley Larkfield Marlow Newbrook Pinewood Queensbury Redcliff Southwick Thornton Upland Valewood
    Winterton Yarrow Coldstream Eastgate Foxley Hazelton"""
)
STREETS = _words("Mill High Station Church Garden River Market Park School Bridge Castle Orchard Harbour Forest Field")
STREET_KINDS = _words("Street Road Lane Avenue Square Row")
JOBS = _words(
    """baker teacher nurse farmer driver painter carpenter doctor engineer librarian gardener plumber cook pilot
    musician writer tailor electrician dentist mechanic waiter lawyer manager cashier photographer clerk student"""
)
ANIMALS = _words("cat dog horse rabbit parrot hamster goat sheep duck hen turtle pony donkey mouse fox owl bear frog")
COLOURS = _words("red blue green yellow black white brown grey orange purple pink silver golden")
FOODS = _words(
    """bread soup rice apples pears cheese pasta salad cake tea coffee milk honey eggs tomatoes carrots potatoes onions
    beans noodles fish chicken pancakes porridge yoghurt lemons cherries nuts plums butter"""
)
THINGS = _words(
    """lamp chair table book pen cup bottle bag box clock phone camera radio bicycle hat coat scarf shoe umbrella key
    basket blanket candle mirror brush hammer ladder kettle pot pan knife spoon plate bowl ball kite drum guitar piano
    map ticket letter stamp coin ring watch rope tent torch bench shelf desk drawer pillow carpet curtain"""
)
PLACES = _words(
    """park garden kitchen library school market station harbour museum bakery hospital forest beach river bridge
    square office workshop theatre farm village city hotel cafe shop church tower field hill lake"""
)
ADJECTIVES = _words(
    """small large old new warm cold bright dark quiet loud soft hard heavy light clean fresh simple strange friendly
    careful clever gentle happy kind lucky patient polite proud quick slow strong tired useful wooden round narrow
    empty full cheap plain pretty steady smooth rough"""
)
HOBBIES = (
    "reading",
    "swimming",
    "painting",
    "cooking",
    "chess",
    "hiking",
    "singing",
    "gardening",
    "running",
    "fishing",
    "dancing",
    "sewing",
    "cycling",
    "photography",
    "playing the guitar",
    "collecting stamps",
)
WEATHER = _words("sunny rainy windy cloudy foggy snowy stormy mild freezing warm")
DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = _words("January February March April May June July August September October November December")
SEASONS = _words("spring summer autumn winter")
VERBS_PAST = (
    "found",
    "bought",
    "lost",
    "painted",
    "carried",
    "cleaned",
    "borrowed",
    "repaired",
    "sold",
    "hid",
    "opened",
    "dropped",
    "moved",
    "washed",
    "made",
    "brought",
    "kept",
    "showed everyone",
    "forgot",
    "described",
)
BUSINESS_NAMES = _words(
    """Sunrise Willow Maple Harbour Corner Golden Silver Bluebird Lantern Clover Riverside Hilltop Acorn Juniper Meadow
    Copper Northstar Rosewood Cedar Marigold Pebble Orchard Swallow Beacon Thistle Heron"""
)
BUSINESS_KINDS = (
    "bakery",
    "bookshop",
    "library",
    "bicycle shop",
    "cafe",
    "hotel",
    "clinic",
    "museum",
    "gym",
    "pharmacy",
    "toy shop",
    "music school",
    "swimming pool",
    "repair shop",
    "flower shop",
    "language school",
    "hardware store",
    "cinema",
    "bank",
    "software company",
    "internet provider",
    "furniture store",
    "pet shop",
    "farm shop",
    "restaurant",
    "airline",
)
PRODUCTS = _words(
    """chair lamp table sofa desk bicycle helmet tent backpack kettle toaster blender vacuum keyboard mouse monitor
    printer phone charger speaker jacket boots gloves scarf shirt dress watch ring doll puzzle kite drum flute guitar
    notebook pencil brush hammer drill saw ladder hose shovel rake bucket seeds pot vase candle pillow blanket towel"""
)
DEPARTMENTS = _words("Sales Support Finance Research Marketing Logistics Design Legal Production Training")
INDUSTRIES = _words(
    """Agriculture Mining Manufacturing Construction Retail Transport Education Health Banking Insurance Fishing
    Forestry Energy Water Telecommunications Publishing Tourism Accommodation Hospitality Wholesale"""
)
COUNTRIES = _words(
    """France Japan Brazil Canada Egypt India Kenya Mexico Norway Poland Spain Turkey Vietnam Italy Greece Germany
    Ireland Finland Portugal Sweden Chile Peru Ghana Morocco Thailand Austria Belgium Denmark Hungary Iceland"""
)
CAPITALS = _words(
    """Paris Tokyo Brasilia Ottawa Cairo Delhi Nairobi Mexico_City Oslo Warsaw Madrid Ankara Hanoi Rome Athens Berlin
    Dublin Helsinki Lisbon Stockholm Santiago Lima Accra Rabat Bangkok Vienna Brussels Copenhagen Budapest Reykjavik"""
)
GOOD_REVIEWS = (
    "works perfectly",
    "is better than I expected",
    "made my whole family happy",
    "arrived early and looks lovely",
    "is worth every cent",
    "has never let me down",
    "feels solid and well made",
    "is easy to use",
    "was exactly what I needed",
    "is simply excellent",
)
BAD_REVIEWS = (
    "broke after two days",
    "is a waste of money",
    "arrived late and damaged",
    "does not work at all",
    "feels cheap and weak",
    "was a big disappointment",
    "is far too loud",
    "stopped working last week",
    "looks nothing like the picture",
    "is hard to use",
)
NEUTRAL_REVIEWS = (
    "is all right for the price",
    "does what it should, nothing more",
    "is neither good nor bad",
    "is about average",
    "is acceptable",
    "works, but I have seen better",
)
TOPIC_WORDS: dict[str, tuple[str, ...]] = {
    "sport": _words("team match goal coach player score race league stadium training"),
    "weather": _words("rain wind storm temperature snow cloud sunshine forecast thunder frost"),
    "business": _words("company profit market price contract customer shares budget revenue invoice"),
    "health": _words("doctor patient medicine hospital vaccine illness treatment fever nurse symptom"),
    "travel": _words("flight hotel ticket luggage passport tour beach airport journey guide"),
    "technology": _words("computer software network data screen battery program server robot update"),
    "food": _words("recipe flour oven taste dinner kitchen spice dish restaurant dessert"),
    "music": _words("song concert melody orchestra album singer rhythm violin stage choir"),
}

COMMON_WORDS = _words(
    """able about above accept account across act action add address advice afraid after again against age agree air
    allow almost alone along already also always among amount ancient angle answer anything apart apply area argue arm
    around arrive art aside ask attack attempt autumn avoid away back balance band base basic bath battle beautiful
    because become before begin behind believe belong below beside best better between beyond birth bit block blood
    blow board body bone border born both bottom brave break breath brief bring broad build burn busy button call calm
    capital captain care case catch cause centre century certain chain chance change character charge check chief child
    choice choose circle claim class clear climb close cloth coast collect college column combine come command common
    compare complete condition connect consider contain continue control copy corner correct cost could count country
    couple course cover create cross crowd cry current cut daily damage dance danger daughter deal death decide deep
    degree depend describe desert design detail develop different difficult direct discover discuss distance divide
    double doubt draw dream dress drink drive drop during duty each ear early earth ease east edge effect effort either
    electric else emergency employ end enemy energy enjoy enough enter entire equal escape especially even evening ever
    every exact example except excite exercise expect experience explain express extra eye face fact fail fair fall
    familiar family famous fear feature feed feel field fight figure fill final fine finger finish fire firm first flat
    floor flow fly follow foot force foreign forget form forward free friend front fruit fuel full function future
    gain game gather general get give glad glass goal gold good govern grand grass great ground group grow guard guess
    guide half hand happen head health hear heart height help here high history hold hole home honest hope hour house
    however human hundred hurry hurt idea imagine important improve include increase indeed industry inform inside
    instead interest invent iron join judge jump just keep kind king know land language last late laugh law lead learn
    least leave left length less lesson letter level lie life lift light like limit line listen little live local
    long look lose lot love low machine main make man many mark market master matter mean measure meet member memory
    mention metal method middle might mind minute mistake mix modern moment month moon more morning most mother motion
    mountain mouth move much must name narrow nation nature near necessary neck need neighbour never next night noise
    none normal north note nothing notice number object observe obtain occasion ocean offer often oil once only open
    operate opinion opposite order other ought outside over own page pain pair paper parent part particular party pass
    past pattern pay peace people perfect perhaps period person phrase pick piece plan plane plant play please point
    poor popular position possible power practice prepare present press prevent private problem process produce
    promise proper protect prove provide public pull purpose push quality quarter quite race raise range rate rather
    reach ready real reason receive recent record reduce region regular relation remain remember repeat reply report
    represent require rest result return rich ride right rise road rock roll room root row rule run safe same sand
    save say scale science season second secret section see seem select sell send sense sentence separate serious
    serve service settle several shape share sharp shine ship shore short should shoulder shout side sight sign silent
    since single sister size skill skin sky smell smile society soil soldier solve some son soon sort source south
    space speak special speech speed spend spread spring stand start state stay steel step still stop strange stream
    strength stretch student study subject succeed such sudden suggest supply support suppose sure surface surprise
    sweet swim system take talk teach tell temperature test than thank their themselves there these thick thin think
    third thought thousand through throw together tomorrow total touch toward trade tree trouble true trust try turn
    twice type under understand union unit until upon usual valley value various very view visit voice wait walk wall
    want war wash waste weak wear weight well west wheel when where whether which while whole whose wide wild will wish
    within without woman wonder wood word work world worry would write wrong year yesterday young"""
)
