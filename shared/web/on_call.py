"""Who may look at a service's insides, and who may decide about failed work: people on call.

The installation is one: whoever is on call for it sees the failed work of every company in it, masked. A system with
the scope `operations` may look, so that a dashboard can; it decides nothing and is shown nobody's personal data.
"""

from __future__ import annotations

import sqlalchemy as sa

from shared.kernel import errors
from shared.people import standing
from shared.web import request, tokens

ROLE = "on-call"
SCOPE = "operations"


def looks() -> tokens.Caller:
    """The caller, who may look. Raises `errors.Forbidden`, which says what is missing."""
    who = request.caller()
    if who.kind == "system":
        return request.scoped(SCOPE)
    return _person(who, request.reader())


def decides() -> tokens.Caller:
    """The caller, who may decide; in a view that writes. Raises `errors.Forbidden`, which says what is missing."""
    who = request.caller()
    if who.kind != "staff":
        raise errors.Forbidden(missing="a staff account")
    return _person(who, request.work().connection)


def _person(who: tokens.Caller, connection: sa.Connection) -> tokens.Caller:
    known = standing.known(connection, (who.id,)).get(who.id)
    if ROLE not in who.roles or (known is not None and not known.active):
        raise errors.Forbidden(missing=f"the role {ROLE}")
    return who
