"""What people say for what API descriptions say. No entry names an API, a product or a company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from httptask.catalog.search.words import stem

_CLASSES: Final = """
picture image photo photograph
movie video film
song track music
audio sound
voice speech
phone telephone call
mobile cellphone
email mail
sms text
message chat
chat conversation thread discussion
client customer
person people contact
user account member profile
member subscriber participant
employee worker staff
company organization organisation org business
team group
ticket issue case incident
bug issue defect
task todo
comment note reply remark
repository repo
project workspace
payment charge transaction
payout transfer withdrawal
refund reimbursement
pay payment
purchase order buy
invoice bill receipt
price cost fee
price rate quote
rate tariff
shipping shipment delivery
parcel package shipment
product item article
cart basket
coupon discount voucher promotion
meeting event appointment
appointment booking reservation
schedule calendar
schedule cron timer
file document attachment
folder directory
server machine instance vm host
vm virtual
node worker
disk volume
storage bucket
domain dns
database db
secret credential key
key token
login authentication signin
logout signout
session login
website site page
report statistic analytics
metric statistic measurement
log audit
webhook hook callback
notification alert
template layout
survey form questionnaire
tag label
category topic
location place venue
address location
weather forecast
news article
post article
recipe dish meal
currency money
exchange convert
flight airline
hotel accommodation lodging
job position vacancy
sentiment emotion
summary abstract digest
keyword phrase
signature sign
status state
rule policy
permission role
permission access
version revision
branch ref
review rating
lead prospect
deal opportunity
feed stream
room channel
friend follower
avatar picture
device sensor
vehicle car
doctor physician
lesson course
student pupil
balance fund
subscription plan membership
tax vat
bank account
backup snapshot
certificate ssl tls
build pipeline
deployment rollout
board list
map direction route
leave vacation absence
game match fixture
player athlete
team club
score result
podcast episode
book volume
author writer
restaurant venue
wallet balance
link url
crawl scrape
setting preference configuration option
attribute property field
picture cover thumbnail
reminder alarm
error exception failure
quota limit
consent agreement contract
contract agreement
candidate applicant
donation gift contribution
warehouse inventory stock
inventory stock
review feedback
breach leak compromise exposure
elevation altitude height
departure timetable
bus train transit transport
parcel tracking
carrier operator
done complete finished closed
recipient receiver
holiday vacation
hour opening
road street route traffic
cinema movie
joke quote
"""
"""Nouns of web APIs that name the same kind of thing, each for any other."""

_VERBS: Final = """
create add make new generate insert register open
delete remove destroy erase drop purge discard
update edit change modify set patch alter adjust
get fetch retrieve read show view describe load
list browse enumerate
search find lookup query
send deliver dispatch submit post
start run launch trigger execute begin invoke dispatch
stop end terminate abort halt cancel
restart reboot
resize scale
move transfer relocate transition
copy duplicate clone
enable activate
disable deactivate suspend
verify validate check confirm
approve accept
reject decline deny
assign allocate
upload import attach put
put add place store save
kick remove expel evict
undo revert reverse cancel rollback
depart leave
arrive reach
spawn provision create
summarize summary abstract
remind reminder
moderate filter
download export
publish release
merge combine join
subscribe follow watch
unsubscribe unfollow
convert transform exchange
transcribe recognize
translate interpret
buy purchase
pay charge
reply respond answer
hire recruit
rename relabel
lock freeze
restore recover
"""
"""Verbs that ask for the same action, each for any other."""

_PHRASES: Final = """
show all = list
get all = list
sign up = register
sign in = login
log in = login
log out = logout
set up = create configure
turn on = enable start
turn off = disable stop
shut down = shutdown stop
get rid of = delete remove
take down = delete
virtual machine = vm virtual machine server
text message = sms message text
phone call = call
phone number = phone number
pull request = pull pr
merge request = merge pull
speech to text = transcribe transcription recognize
text to speech = speech tts synthesize
throw away = delete remove
throw out = remove delete
kick out = remove kick
take away = remove delete
take off = remove
take back = revoke cancel withdraw
give back = refund return
money back = refund
take money = charge payment
take payment = charge payment
spin up = create
bring up = create start
fire up = start create
switch on = enable start
switch off = disable stop
shut off = disable stop
look up = lookup get
look for = search find
find out = get lookup
hand over = transfer assign
pass on = forward transfer
fill in = update submit
fill out = submit create
put into = upload add
put on hold = pause suspend hold
call off = cancel
write down = create
carry out = execute run
get back = restore retrieve
bring back = restore
where is = track tracking location
who am i = me whoami current authenticated
right now = current now
at the moment = current
how high = elevation altitude height
how far = distance
how long = duration
how many = count
how much = price cost balance
how warm = temperature weather
sea level = elevation altitude
safe for work = nsfw moderation
by post = letter mail
opening hour = hour opening
phone line = line phone
credit card = card payment
bank transfer = transfer payment
time off = absence leave vacation
"""

_ACTIONS: Final[Mapping[str, str]] = {
    "create": "create add new make generate insert register open launch submit post send upload"
    " invite publish upsert import",
    "start": "start run trigger execute dispatch invoke restart reboot rerun resume enable",
    "read": "get fetch retrieve read show view describe load download export check",
    "list": "list all browse enumerate",
    "search": "search find query lookup",
    "update": "update edit change modify set patch rename replace resize move transition",
    "delete": "delete remove destroy erase purge unset kick expel evict",
    "stop": "cancel stop terminate abort void disable suspend revoke undo revert",
}
_LEADING: Final = (
    "comment text email call message follow invite schedule book order pay charge refund merge"
    " transcribe translate convert tag share like reply upload import put remind phone ring mail"
)

ACTIONS: Final[Mapping[str, str]] = {
    stem(word): action for action, words in _ACTIONS.items() for word in words.split()
}
"""Verb to the kind of action that it asks for, or that an operation named by it does."""

SPOKEN: Final[Mapping[str, tuple[str, ...]]] = {
    stem(word): tuple(stem(each) for each in meant.split())
    for word, meant in {
        "text": "sms message", "phone": "call", "ring": "call", "email": "email send",
        "mail": "email send", "remind": "reminder", "bill": "invoice",
        "book": "appointment booking",
    }.items()
}  # fmt: skip
"""Nouns that are verbs where a query begins with them, to what they make or use."""

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


def _classes(text: str) -> dict[str, tuple[str, ...]]:
    groups = [tuple(stem(word) for word in line.split()) for line in text.strip().splitlines()]
    found: dict[str, dict[str, None]] = {}
    for group in groups:
        for word in group:
            others = (other for other in group if other != word)
            found.setdefault(word, {}).update(dict.fromkeys(others))
    return {word: tuple(others) for word, others in found.items()}


SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = _classes(_CLASSES)
"""Stem of a noun to stems that may stand for it."""

VERBS: Final[Mapping[str, tuple[str, ...]]] = _classes(_VERBS)
"""Stem of a verb to the verbs that ask for the same action."""

PHRASES: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {
    tuple(left.split()): tuple(stem(word) for word in right.split())
    for left, _, right in (line.partition(" = ") for line in _PHRASES.strip().splitlines())
}
"""Words in a row to stems that stand for them all."""
