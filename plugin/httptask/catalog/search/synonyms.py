"""What people say for what API descriptions say. No entry names an API, a product or a company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from httptask.catalog.search.words import stem

_GROUPS: Final = """
all list
search get list
get list search
list get search
find get
lookup get
upload import attach put create
download export fetch get
restart reboot
resize scale
move transfer transition relocate
copy duplicate clone
enable activate
disable deactivate suspend
verify validate check confirm
approve accept
reject decline deny
assign allocate add
invite add
post create send
send post create
publish release create
run create dispatch
trigger create
merge combine
subscribe follow watch
unsubscribe unfollow
convert transform
translate translation
transcribe transcription speech recognize
text sms message
sms message text mms
message chat conversation post
email mail
mail letter post
picture image photo
image picture photo
photo image picture
drawing image
movie video film
song track music
track song
audio sound speech voice
voice speech audio
speech audio voice tts
call phone telephone
number phone
customer client
client customer
person contact people user
contact person
user account member person profile
member user subscriber contact
audience list subscriber
subscriber member contact
employee worker staff
company organization business account
organization company org
team group
group team
ticket issue case
issue ticket bug case
bug issue
task todo
todo task
comment note reply
repository repo project
repo repository
pull merge
money payment balance fund cash
payment charge transaction pay
charge payment
refund reimburse
pay payment charge
purchase order buy
buy purchase order
invoice bill
bill invoice
price rate quote cost
rate price quote
shipping shipment delivery
shipment shipping delivery parcel package
parcel package shipment
product item
item product
cart basket
coupon discount promotion
event meeting appointment
meeting event appointment
appointment booking event
booking reservation
reservation booking
schedule calendar
calendar schedule event
file document attachment
document file
folder directory
directory folder
server machine instance vm compute
vm machine instance server virtual
machine vm server instance
instance server machine
node worker pool
disk volume storage
storage bucket blob
bucket storage
dns domain
database db
db database
secret credential key
key token secret
token key
password credential
login authenticate session signin
session login
domain dns
website site page
site website
page site
report analytic statistic metric
statistic stat metric analytic
metric statistic measurement series
log event
webhook hook callback subscription
notification alert push
alert notification
template layout
form survey questionnaire
survey form
tag label
label tag
category topic
location place address geocode
place location venue
address location
weather forecast
news article headline
article post news
blog post article
recipe meal dish
food meal recipe
currency exchange rate
exchange rate currency convert
stock quote ticker
flight airline
hotel accommodation lodging
job position vacancy
embedding vector
vector embedding
completion chat prompt
prompt text completion
policy moderation rule
moderation moderate content
sentiment emotion
summarize summary
keyword phrase
finetune tuning fine
signature sign
sign signature
status state
done complete transition close
close complete resolve
hosted session
me current authenticated myself self
concert event gig
gig concert event
carrier network operator
postcard mail
png image export
jpg image
pdf document
frame node image
"""

_VERBS: Final = """
create add make new generate insert register open
delete remove destroy erase drop purge discard
update edit change modify set patch alter adjust
get fetch retrieve read show view describe load
list browse enumerate
search find lookup query
send deliver dispatch submit
start run launch trigger execute begin invoke
stop end terminate abort halt cancel
restart reboot
"""
"""Verbs that ask for the same action, each for any other."""

_PHRASES: Final = """
show all = list
get all = list
who am i = authenticated current me user
money back = refund
give back = return refund
spin up = create launch
set up = create configure
sign up = register create subscribe
sign in = login session
log in = login session
log out = logout session
look up = lookup get find
turn off = disable stop
turn on = enable start
shut down = shutdown stop
power off = stop shutdown
get rid of = delete
take down = delete
kick out = remove delete
kick off = start
pull request = pull pr merge
merge request = merge pull
virtual machine = machine virtual vm instance server
text message = sms message text mms
phone call = call
chat message = message chat
fine tune = fine finetune tuning
fine tuning = fine finetune tuning
speech to text = transcribe transcription recognize
text to speech = speech tts synthesize
currency conversion = convert currency exchange
content policy = moderation policy
"""

_ACTIONS: Final[Mapping[str, str]] = {
    "create": "create add new make generate insert register open launch submit post send upload"
    " invite publish upsert import",
    "start": "start run trigger execute dispatch invoke restart reboot rerun resume enable",
    "read": "get fetch retrieve read show view describe load download export check",
    "list": "list all browse enumerate",
    "search": "search find query lookup",
    "update": "update edit change modify set patch rename replace resize move",
    "delete": "delete remove destroy erase purge unset unstar",
    "stop": "cancel stop terminate abort void disable suspend revoke",
}
_LEADING: Final = (
    "comment text email call message star follow invite schedule book order pay charge refund merge"
    " transcribe translate convert tag share like"
)

ACTIONS: Final[Mapping[str, str]] = {
    stem(word): action for action, words in _ACTIONS.items() for word in words.split()
}
"""Verb to the kind of action that it asks for, or that an operation named by it does."""

LEADING: Final = frozenset(stem(word) for word in _LEADING.split())
"""Words that are verbs where a query begins with them; they make something."""

ACCEPTED: Final[Mapping[str, frozenset[str]]] = {
    "create": frozenset({"create", "start", "update"}),
    "start": frozenset({"start", "create", "update"}),
    "read": frozenset({"read", "list", "search"}),
    "list": frozenset({"list", "read", "search"}),
    "search": frozenset({"search", "list", "read"}),
    "update": frozenset({"update", "create", "start"}),
    "delete": frozenset({"delete", "stop"}),
    "stop": frozenset({"stop", "delete"}),
}
"""Action asked for to actions that may do it."""

METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "create": ("POST", "PUT", "PATCH"),
    "start": ("POST", "PUT", "PATCH"),
    "read": ("GET", "POST"),
    "list": ("GET", "POST"),
    "search": ("GET", "POST"),
    "update": ("PATCH", "PUT", "POST"),
    "delete": ("DELETE", "POST"),
    "stop": ("DELETE", "POST", "PUT", "PATCH"),
}
"""Action to the methods that do it, likeliest first."""


def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, dict[str, None]] = {}
    for line in _GROUPS.strip().splitlines():
        head, *others = (stem(word) for word in line.split())
        table.setdefault(head, {}).update(dict.fromkeys(others))
    return {
        word: tuple(other for other in others if other != word) for word, others in table.items()
    }


SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = _table()
"""Stem to stems that may stand for it."""


def _verbs() -> dict[str, tuple[str, ...]]:
    groups = [tuple(stem(word) for word in line.split()) for line in _VERBS.strip().splitlines()]
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        for verb in group:
            found[verb] = (*found.get(verb, ()), *(other for other in group if other != verb))
    return found


VERBS: Final[Mapping[str, tuple[str, ...]]] = _verbs()
"""Stem of a verb to the verbs that ask for the same action."""

PHRASES: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {
    tuple(left.split()): tuple(stem(word) for word in right.split())
    for left, _, right in (line.partition(" = ") for line in _PHRASES.strip().splitlines())
}
"""Words in a row to stems that stand for them all."""
