"""Real servers for tests.

Each server is looked for in this order: a URL in the environment (`STEWARD_TEST_DATABASE_URL`,
`STEWARD_TEST_AMQP_URL`); Docker, when its engine answers within two seconds and has the image already; installed
binaries, started on free ports in a temporary folder; on Debian as root the packages by apt, then their binaries; else
one clear sentence (`Unavailable`). Nothing listens anywhere but on the loopback, and everything started here is ended
by its process id.
"""

from tests.servers.errors import Unavailable, Uncontrolled
from tests.servers.postgres import Postgres
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.sms import SmsProvider, SmsTurn
from tests.servers.smtp import Mail, ScriptedPeer, SmtpSink

__all__ = [
    "Mail",
    "Postgres",
    "RabbitMQ",
    "ScriptedPeer",
    "SmsProvider",
    "SmsTurn",
    "SmtpSink",
    "Unavailable",
    "Uncontrolled",
]
