"""What a monitor may ask of a service's web process."""

from __future__ import annotations

from tests.flows.house import House


def metrics(house: House, service: str) -> str:
    return house.apps[service].test_client().get("/metrics").get_data(as_text=True)


def test_what_waits_is_counted_when_it_is_asked_for_wherever_the_loops_run(house: House) -> None:
    house.settle()
    assert 'steward_backlog{service="support",what="outbox"} 0.0' in metrics(house, "support")
    body = {"content": "Hỏi về hàng", "requester": {"name": "Lê Văn Nam", "mails": ["nam.le@example.com"]}}
    house.client("support", house.staff()).call("POST", "/v1/tickets", body=body).expect(201)
    assert 'steward_backlog{service="support",what="outbox"} 1.0' in metrics(house, "support")
