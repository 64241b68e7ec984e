"""What people say for what API descriptions say. No entry names an API, a product or a company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from httptask.catalog.search.words import stem

_GROUPS: Final = """
create add new make open insert register post
delete remove destroy erase drop purge discard
update edit change modify set patch alter adjust rename
get fetch retrieve read show view find lookup describe load
list all browse enumerate index
search find query lookup filter
send deliver dispatch submit post
start begin launch run trigger execute initiate
stop halt end terminate abort
cancel void revoke
run execute trigger dispatch invoke start
upload import attach put
download export fetch
restart reboot
resize scale
move transfer transition relocate
copy duplicate clone
enable activate
disable deactivate suspend
verify validate check confirm
approve accept
reject decline deny
assign allocate
publish release
subscribe follow watch
unsubscribe unfollow
share invite
merge combine
generate create make produce
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
signature sign envelope
sign signature
status state
done complete transition close
close complete resolve
hosted session
me current authenticated myself self
concert event gig
gig concert event
carrier lookup network
postcard mail
png image export
jpg image
pdf document
frame node image
"""

_PHRASES: Final = """
who am i = authenticated current user me
money back = refund
give back = return refund
spin up = create launch
set up = create configure
sign up = register create subscribe
sign in = login
log in = login session
log out = logout session
look up = lookup get find
turn off = disable stop
turn on = enable start
shut down = stop shutdown
power off = stop shutdown
get rid of = delete
take down = delete
kick out = remove
kick off = start
pull request = pull merge
merge request = pull merge
virtual machine = vm instance server
text message = sms message
phone call = call
chat message = message
fine tune = finetune tuning
fine tuning = finetune tuning
speech to text = transcribe transcription recognize
text to speech = tts speech synthesize
convert currency = exchange rate
exchange rate = currency convert
content policy = moderation
"""

METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    stem(word): methods
    for words, methods in (
        ("create add new make generate insert register post open launch spin", ("POST", "PUT")),
        ("send submit upload start run trigger invite refund merge dispatch upsert", ("POST", "PUT")),
        ("star subscribe attach", ("PUT", "POST")),
        ("delete remove destroy erase purge cancel unsubscribe", ("DELETE", "POST")),
        ("update edit change modify set rename patch resize", ("PATCH", "PUT", "POST")),
        ("get list fetch retrieve read show view find search lookup query browse download",
         ("GET", "POST")),
    )
    for word in words.split()
}  # fmt: skip
"""Verb to the methods that operations so named have, likeliest first."""


def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, dict[str, None]] = {}
    for line in _GROUPS.strip().splitlines():
        head, *others = (stem(word) for word in line.split())
        table.setdefault(head, {}).update(dict.fromkeys(others))
    return {word: tuple(other for other in others if other != word) for word, others in table.items()}


SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = _table()
"""Stem to stems that may stand for it."""

PHRASES: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {
    tuple(left.split()): tuple(stem(word) for word in right.split())
    for left, _, right in (line.partition(" = ") for line in _PHRASES.strip().splitlines())
}
"""Words in a row to stems that stand for them all."""
