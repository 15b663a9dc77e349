"""Tickets over HTTP: parse, call, present."""

from __future__ import annotations

from typing import Any

from services.support.attachment import queries as attachments
from services.support.attachment import receiving as uploads
from services.support.ticket import (
    amending,
    answering,
    commands,
    counting,
    enclosing,
    filtering,
    gate,
    goods,
    listing,
    model,
    presenting,
    queries,
    receiving,
    schemas,
    suggestion,
    tables,
    verdicts,
)
from services.support.ticket.callers import reader as _who
from services.support.ticket.flow import TICKET
from shared import web
from shared.people import sight
from shared.playbook import shelf
from shared.web import export, links, promises
from shared.web.site import current

blp = web.Blueprint("tickets", __name__, url_prefix="/v1/tickets", description="Tickets, by staff and systems")
public = web.Blueprint("public", __name__, url_prefix="/v1/public", description="What clients do without an account")


def _shown(ticket: model.Ticket, connection: Any) -> dict[str, Any]:
    """The ticket with its clocks, and what is possible now or why not."""
    return presenting.full(connection, ticket, web.caller(), now=current().database.time.now(), locale=web.locale())


def _seen(connection: Any, id: str) -> model.Ticket:
    """The ticket, if the caller may see it. Raises `tables.NoSuchTicket`."""
    who = _who()  # first: whoever may read no tickets is told so, whether there is one or not
    return gate.seen(connection, tables.load(connection, id), who, _now())


def _now() -> Any:
    return current().database.time.now()


def _changed(ticket: model.Ticket) -> dict[str, Any]:
    web.tag(ticket.version)
    return _shown(ticket, web.work().connection)


@blp.post("")
@web.writes
@blp.arguments(schemas.TicketIn, example=schemas.TICKET)
@blp.response(201, schemas.TicketOut)
def create(facts: dict[str, Any]) -> dict[str, Any]:
    """Record a request that came by phone, in person or from another system."""
    unit = _who().unit or ""
    requester, files = _requester(facts.pop("requester")), facts.pop("attachments")
    ticket, _ = receiving.receive(web.work(), unit=unit, requester=requester, **facts)
    enclosing.attach(web.work(), ticket, files, uploads.limits(current().settings))
    web.locate(f"{blp.url_prefix}/{ticket.id}")
    return _changed(ticket)


@blp.get("")
@web.reads
@blp.arguments(schemas.PageIn, location="query")
@blp.response(200, schemas.PageOut)
@blp.doc(**export.doc())
def listed(query: dict[str, Any]) -> Any:
    """The tickets of the caller's units that fit, newest first; as a file for `Accept: text/csv` or XLSX."""
    connection, who, now = web.reader(), _who(), _now()
    units = sight.units(connection, who, now)
    paged = {name: query.pop(name, None) for name in ("sort", "limit", "cursor", "column")}
    asked = filtering.Filter(**query).of(who.id)
    if kind := export.wanted():
        pages = _pages(connection, asked, units=units, now=now, sort=paged["sort"])
        return export.respond(listing.sheet(connection, pages, web.locale(), paged["column"]), kind)
    del paged["column"]
    page = queries.page(connection, asked, units=units, now=now, **paged)
    items = presenting.brief(connection, page.items, now=now)
    for shown, ticket in zip(items, page.items, strict=True):
        shown["place"] = None if asked.q else queries.place(ticket, paged["sort"])
    return {"items": items, "next": page.next, "previous": page.previous}


def _pages(connection: Any, asked: filtering.Filter, **of: Any) -> Any:
    """Everything that a filter shows, page by page: a file has no pages of its own."""

    def one(cursor: str | None) -> tuple[list[model.Ticket], str | None]:
        page = queries.page(connection, asked, limit=export.PAGE, cursor=cursor, **of)
        return page.items, page.next

    return export.pages(one)


@blp.get("/counts")
@web.reads
@blp.arguments(schemas.ViewCountsIn, location="query")
@blp.response(200, schemas.ViewCountsOut)
def counted(query: dict[str, Any]) -> Any:
    """How many tickets several views of the list show the caller, up to 99 each."""
    connection, who, now = web.reader(), _who(), _now()
    units = sight.units(connection, who, now)
    return {"items": [counting.of(connection, view, who, units=units, now=now) for view in query["view"]]}


@blp.get("/verbs")
@web.reads
@blp.response(200, schemas.VerbsOut)
def allowed() -> Any:
    """What the caller's roles let them do with tickets at all, also in somebody's stead. Changes nothing."""
    return {"verbs": verdicts.ever(web.reader(), schemas.VERBS, _who(), _now())}


@blp.get("/verdicts")
@web.reads
@blp.arguments(schemas.VerdictsIn, location="query")
@blp.response(200, schemas.VerdictsOut)
def judged(query: dict[str, Any]) -> Any:
    """Whether the caller may do the same with several tickets now; for each that they may not, why. Changes nothing."""
    found = verdicts.of(web.reader(), query["id"], query["verb"], _who(), now=_now(), locale=web.locale())
    return {"items": found}


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.TicketOut)
def shown(id: str) -> dict[str, Any]:
    """One ticket, its clocks, and what is possible now or why not."""
    connection = web.reader()
    ticket = _seen(connection, id)
    web.tag(ticket.version)
    return _shown(ticket, connection)


@blp.get("/<string:id>/beside")
@web.reads
@blp.arguments(schemas.BesideIn, location="query")
@blp.response(200, schemas.BesideOut)
def beside(query: dict[str, Any], id: str) -> dict[str, Any]:
    """The tickets before and behind this one in a list, also after it has left the list."""
    connection, who, now = web.reader(), _who(), _now()
    ticket, sort = _seen(connection, id), query.pop("sort")
    at = query.pop("at", None) or queries.place(ticket, sort)
    asked, units = filtering.Filter(**query).of(who.id), sight.units(connection, who, now)
    found = queries.beside(connection, asked, units=units, now=now, sort=sort, at=at)
    shown = [
        each and {"id": each.id, "number": each.number, "name": each.requester.name, "place": queries.place(each, sort)}
        for each in found
    ]
    return dict(zip(("previous", "next"), shown, strict=True))


@blp.get("/<string:id>/trail")
@web.reads
@blp.arguments(promises.NewestIn, location="query")
@blp.response(200, promises.TrailOut)
def trail(query: dict[str, Any], id: str) -> Any:
    """What happened to it, in order, hash-chained; as JSON, or as a page to print for `Accept: text/html`."""
    connection = web.reader()
    ticket = _seen(connection, id)
    return promises.of_object(connection, TICKET.name, ticket.id, title=ticket.number, **query)


@blp.get("/<string:id>/suggestion")
@web.reads
@blp.response(200, schemas.SuggestionOut)
def suggested(id: str) -> Any:
    """Which type the procedure's words speak for, and why. It classifies nothing: that is a person's to do."""
    connection = web.reader()
    ticket = _seen(connection, id)
    return suggestion.of(ticket, shelf.kept(connection, ticket.playbook, ticket.playbook_version))


@blp.post("/<string:id>/classify")
@web.writes
@blp.arguments(schemas.ClassifyIn, example=schemas.CLASSIFY)
@blp.response(200, schemas.TicketOut)
def classify(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Give it a type, and the client a promised time."""
    return _changed(commands.classify(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/verify")
@web.writes
@blp.arguments(schemas.VerifyIn)
@blp.response(200, schemas.TicketOut)
def verify(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """It was read and checked; what was wrong is put right."""
    facts["requester"] = facts["requester"] and _requester(facts["requester"])
    return _changed(amending.verify(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/take")
@web.writes
@blp.arguments(schemas.Nothing)
@blp.response(200, schemas.TicketOut)
def take(_facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Make yourself responsible; whoever comes second is told who has it."""
    return _changed(commands.take(web.work(), id, _who(), version=web.expected_version()))


@blp.post("/<string:id>/reclassify")
@web.writes
@blp.arguments(schemas.ReclassifyIn)
@blp.response(200, schemas.TicketOut)
def reclassify(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Another type; the clock of the first promise ends as superseded and stays visible."""
    return _changed(amending.reclassify(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/promise")
@web.writes
@blp.arguments(schemas.PromiseIn)
@blp.response(200, schemas.TicketOut)
def promise(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Move the promised time; the client is told."""
    return _changed(amending.promise(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/progress")
@web.writes
@blp.arguments(schemas.ProgressIn)
@blp.response(200, schemas.TicketOut)
def progress(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Tell the client how far it is."""
    return _changed(amending.progress(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/ask_goods")
@web.writes
@blp.arguments(schemas.AskGoodsIn)
@blp.response(200, schemas.TicketOut)
def ask_goods(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Ask the system that knows the goods how they stand; its answer is kept with the ticket."""
    return _changed(goods.ask(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/send_back")
@web.writes
@blp.arguments(schemas.ReasonIn)
@blp.response(200, schemas.TicketOut)
def send_back(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """The lead finds the result not good enough; the same person goes on."""
    return _changed(amending.send_back(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/withdraw")
@web.writes
@blp.arguments(schemas.ReasonIn)
@blp.response(200, schemas.TicketOut)
def withdraw(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """The client needs it no more, and told us so."""
    return _changed(amending.withdraw(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/log_unanswered")
@web.writes
@blp.arguments(schemas.ReasonIn)
@blp.response(200, schemas.TicketOut)
def log_unanswered(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """The lead closes what the client never answered, once their time is over."""
    return _changed(amending.log_unanswered(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/assign")
@web.writes
@blp.arguments(schemas.AssignIn)
@blp.response(200, schemas.TicketOut)
def assign(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Make a person responsible; taking it is assigning it to yourself."""
    return _changed(commands.assign(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/pause")
@web.writes
@blp.arguments(schemas.PauseIn)
@blp.response(200, schemas.TicketOut)
def pause(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Wait for somebody else, with a reason and evidence; the clock stands still."""
    return _changed(commands.pause(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/escalate")
@web.writes
@blp.arguments(schemas.EscalateIn)
@blp.response(200, schemas.TicketOut)
def escalate(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Give it to the competent level, with a new deadline that the client is told."""
    return _changed(commands.escalate(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/take_over")
@web.writes
@blp.arguments(schemas.ReasonIn)
@blp.response(200, schemas.TicketOut)
def take_over(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """The lead takes it, with a reason."""
    return _changed(commands.take_over(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/resume")
@web.writes
@blp.arguments(schemas.Nothing)
@blp.response(200, schemas.TicketOut)
def resume(_facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Go on; the due moment moves by what was waited."""
    return _changed(commands.resume(web.work(), id, _who(), version=web.expected_version()))


@blp.post("/<string:id>/complete")
@web.writes
@blp.arguments(schemas.CompleteIn)
@blp.response(200, schemas.TicketOut)
def complete(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """The support is done."""
    return _changed(commands.complete(web.work(), id, _who(), version=web.expected_version(), **facts))


@blp.post("/<string:id>/hand_over")
@web.writes
@blp.arguments(schemas.Nothing)
@blp.response(200, schemas.TicketOut)
def hand_over(_facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Hand the result over; the client gets a link to confirm or refuse it."""
    return _changed(commands.hand_over(web.work(), id, _who(), version=web.expected_version()))


@blp.post("/<string:id>/log")
@web.writes
@blp.arguments(schemas.Nothing)
@blp.response(200, schemas.TicketOut)
def log(_facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Write the record after the client's confirmation."""
    return _changed(commands.log(web.work(), id, _who(), version=web.expected_version()))


@public.post("/requests")
@web.writes
@public.arguments(schemas.RequestIn, example=schemas.REQUEST)
@public.response(201, schemas.SubmittedOut)
def submit(facts: dict[str, Any]) -> dict[str, str]:
    """The public form: a client asks for something."""
    requester = _requester({name: facts.pop(name) for name in ("name", "locale", "mails", "phones")})
    files = facts.pop("attachments")
    ticket, token = receiving.receive(web.work(), channel="website", requester=requester, **facts)
    enclosing.attach(web.work(), ticket, files, uploads.limits(current().settings))
    return {"number": ticket.number, "follow": token}


@public.get("/links/<string:token>")
@web.reads
@public.response(200, schemas.LinkOut)
def look(token: str) -> dict[str, Any]:
    """What a client sees behind a link. Changes nothing, so that mail scanners may look too."""
    purpose, now = links.purpose(web.reader(), token), current().database.time.now()
    link = links.look(web.reader(), token, purpose=purpose, now=now)
    ticket = tables.load(web.reader(), link.subject)
    who, usable = ticket.requester, purpose == answering.ANSWER and ticket.state == "handed_over"
    return {
        "purpose": purpose,
        "number": ticket.number,
        "unit": ticket.unit,
        "state": ticket.state,
        "content": ticket.content,
        "request_type": ticket.request_type,
        "promised_at": ticket.promised_at,
        **_answered(ticket),
        "rating": ticket.rating,
        "reason": ticket.reason,
        "reason_at": ticket.answered_at if ticket.reason else None,
        "progress": ticket.progress,
        "progressed_at": ticket.progressed_at,
        "contact_name": who.name,
        "locale": who.locale,
        "received_at": ticket.receipt,
        "expires_at": link.expires_at,
        "answer_by": answering.awaited_until(web.reader(), ticket, now) if usable else None,
        "attachments": [each for each in attachments.of_object(web.reader(), ticket.id) if each.of_client],
        "usable": usable,
        "withdrawable": purpose == answering.FOLLOW and ticket.state in model.BEFORE_RESULT,
    }


@public.get("/links/<string:token>/request")
@web.reads
@public.response(200, schemas.WhoseOut)
def whose(token: str) -> dict[str, Any]:
    """Which request a link is or was for, though it was used, replaced or has expired: no more than its mail said."""
    ticket = tables.load(web.reader(), links.subject(web.reader(), token))
    return {"number": ticket.number, "unit": ticket.unit, "locale": ticket.requester.locale}


def _answered(ticket: model.Ticket) -> dict[str, Any]:
    """The result that was handed over last; not one that was written since, which nobody has looked at yet."""
    done, given = ticket.completed_at, ticket.handed_over_at
    shown = done is not None and given is not None and done <= given
    return {"result": ticket.result if shown else None, "result_at": given if shown else None}


@public.post("/links/<string:token>/confirm")
@web.writes
@public.arguments(schemas.ConfirmIn)
@public.response(200, schemas.AnsweredOut)
def confirm(facts: dict[str, Any], token: str) -> model.Ticket:
    """The client confirms the result and rates the support. Acts once."""
    return answering.confirm(web.work(), token, **facts)


@public.post("/links/<string:token>/withdraw")
@web.writes
@public.arguments(schemas.WithdrawIn)
@public.response(200, schemas.AnsweredOut)
def withdraw_by_link(facts: dict[str, Any], token: str) -> model.Ticket:
    """The client needs it no more, by the link that follows the request."""
    return answering.withdraw(web.work(), token, **facts)


@public.post("/links/<string:token>/refuse")
@web.writes
@public.arguments(schemas.RefuseIn)
@public.response(200, schemas.AnsweredOut)
def refuse(facts: dict[str, Any], token: str) -> model.Ticket:
    """The client says what is not solved; the ticket is open again. Acts once."""
    return answering.refuse(web.work(), token, **facts)


def _requester(facts: dict[str, Any]) -> model.Requester:
    return model.Requester(facts["name"], facts["locale"], tuple(facts["mails"]), tuple(facts["phones"]))


BLUEPRINTS = (blp, public)
