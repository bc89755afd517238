"""Statuses, over TCP and from streams: what a symbol's hash says of them, and what they leave alone."""

import pytest
from redis import Redis

from market_spread import Quote, QuoteSender, Status
from tests.support import frames
from tests.support.market import Market, entries_after, metrics, quote_of
from tests.support.processes import Processes, wait_until
from tests.support.quote_streams import add, ingestor
from tests.support.raw_sender import send_all

NONE = {"bid": "", "offer": "", "risky": "1", "reason": "no_quote", "state": "empty"}


def test_a_halt_and_its_end(client: Redis, market: Market) -> None:
    """A status leaves the quote alone, and a quote the status; bands come and go with statuses."""
    market.send_quotes(frames.quote(b"HALT", 10.0, 10.01))
    quote = quote_of(client, "HALT")
    assert "status" not in quote

    market.send_quotes(frames.status(b"HALT", 1, 9.5, 10.5))
    halted = quote_of(client, "HALT")
    at = halted["status_at"]
    assert int(quote["written_at"]) < int(at)
    status = {"status": "1", "status_at": at, "band_low": "9.5", "band_high": "10.5"}
    assert halted == {**quote, **status, "written_at": at}

    market.send_quotes(frames.quote(b"HALT", 11.0, 11.01))
    later = quote_of(client, "HALT")
    assert {name: later[name] for name in status} == status
    assert int(later["written_at"]) == int(later["updated_at"]) > int(at)

    market.send_quotes(frames.status(b"HALT", 0))
    traded = quote_of(client, "HALT")
    assert (traded["status"], traded["band_low"], traded["band_high"]) == ("0", "", "")
    assert (traded["bid"], traded["updated_at"]) == ("11.0", later["updated_at"])


def test_a_wipe_out_takes_both_prices(client: Redis, market: Market) -> None:
    """And nothing else, in the quote's batch or in one of its own, until the next quote."""
    market.send_quotes(frames.quote(b"WIPE", 10.0, 10.01), frames.status(b"WIPE", 3))
    quote = quote_of(client, "WIPE")
    market.send_quotes(frames.status(b"WIPE", 6, 1.0, 2.0))
    gone = quote_of(client, "WIPE")
    assert gone == {**quote, **NONE, "state_since": gone["written_at"], "written_at": gone["written_at"]}

    market.send_quotes(frames.quote(b"WIPE", 12.0, 12.01))
    assert quote_of(client, "WIPE")["state"] == "two_sided"
    market.send_quotes(frames.quote(b"WIPE", 13.0, 13.01), frames.status(b"WIPE", 6))
    assert {name: quote_of(client, "WIPE")[name] for name in NONE} == NONE


def test_a_status_without_a_quote_makes_a_hash_without_prices(client: Redis, market: Market) -> None:
    """It has no quote's times; an order on it alerts as one without a quote, and the next quote fills it."""
    market.send_quotes(frames.status(b"ONLY", 2))
    found = quote_of(client, "ONLY")
    at = found["written_at"]
    assert found == {
        **NONE, "state_since": at, "status": "2", "status_at": at, "band_low": "", "band_high": "",
        "written_at": at,
    }  # fmt: skip
    assert client.sismember("symbols", "ONLY")

    before = entries_after(client)
    market.send_orders(frames.order(b"ONLY", b"  only"))
    (alert,) = entries_after(client)[len(before) :]
    assert (alert["reason"], alert["quote_at"], alert["bid"]) == ("no_quote", "", "")

    market.send_quotes(frames.quote(b"ONLY", 10.0, 10.01))
    filled = quote_of(client, "ONLY")
    assert (filled["status"], filled["bid"], filled["state"], filled["source"]) == (
        "2", "10.0", "two_sided", "plain",
    )  # fmt: skip


@pytest.mark.parametrize("batch", [2, 200])
def test_bad_statuses_are_refused_by_their_reasons(client: Redis, market: Market, batch: int) -> None:
    """Among good messages, in small batches and in large ones."""
    before = metrics(market.ingestor)
    good = [frames.quote(b"REAS", 10.0, 10.01 + n / 100) for n in range(batch)]
    bad = [frames.status(b"REAS", 7), frames.status(b"RE S"), frames.status(b""), frames.status(b"A" * 17)]
    market.send_quotes(*good, *bad, frames.status(b"A" * 16, 5))
    after = metrics(market.ingestor)
    for reason, count in {"status": 1, "symbol": 1, "length": 2}.items():
        name = f"quotes_rejected_total{{{reason}}}"
        assert after[name] - before.get(name, 0) == count
    assert quote_of(client, "A" * 16)["status"] == "5"


def test_the_clients_sender_sends_both(client: Redis, market: Market) -> None:
    """In the order in which they were given, each once."""
    host, port = market.quotes
    with QuoteSender(f"{host}:{port}", source="sends-both") as sender:
        sender.send(Quote.of(symbol="BOTH", bid=1.0, offer=1.01))
        sender.send(Status.of(symbol="BOTH", status="paused", band_high=2.0))
        sender.send(Status.of(symbol="BOTH", status="wiped_out"))
        sender.send(Quote.of(symbol="BOTH", bid=3.0, offer=3.01))
    found = quote_of(client, "BOTH")
    assert (found["bid"], found["status"], found["band_high"], found["source"]) == (
        "3.0", "2", "2.0", "sends-both",
    )  # fmt: skip


def test_two_ingestors_leave_alone_what_the_other_knows(
    processes: Processes, any_url: str, any_client: Redis
) -> None:
    """One gets the quotes of a symbol, the other its statuses; neither writes what it does not know."""
    quotes, statuses = (processes.ingest(any_url).address() for _ in range(2))
    send_all(quotes, frames.quote(b" BTU", 10.0, 10.01))
    send_all(statuses, frames.status(b" BTU", 1))
    assert quote_of(any_client, "BTU")["bid"] == "10.0"
    send_all(quotes, frames.quote(b" BTU", 11.0, 11.01))
    found = quote_of(any_client, "BTU")
    assert (found["bid"], found["status"]) == ("11.0", "1")
    send_all(statuses, frames.status(b" BTU", 6))
    assert quote_of(any_client, "BTU")["bid"] == ""


@pytest.mark.slow
def test_both_are_back_after_a_loss(processes: Processes, any_url: str, any_client: Redis) -> None:
    """Redis is emptied, or a single hash is gone when the next quote comes: the status is not forgotten."""
    ingest = processes.ingest(any_url).address()
    send_all(ingest, frames.quote(b" BTU", 10.0, 10.01), frames.status(b" BTU", 1, 9.0))
    send_all(ingest, frames.status(b"ONLY", 3))
    before = [quote_of(any_client, name) for name in ("BTU", "ONLY")]

    any_client.flushall()
    wait_until(
        lambda: [quote_of(any_client, name) for name in ("BTU", "ONLY")] == before, "both are written again"
    )
    any_client.delete("symbol:BTU")
    send_all(ingest, frames.quote(b" BTU", 11.0, 11.01))
    found = quote_of(any_client, "BTU")
    assert (found["bid"], found["status"], found["band_low"]) == ("11.0", "1", "9.0")


def test_a_restarted_ingestor_knows_the_statuses(
    processes: Processes, any_url: str, any_client: Redis
) -> None:
    """What an earlier run wrote is taken over: Redis is emptied, and has it again."""
    first = processes.ingest(any_url)
    send_all(first.address(), frames.status(b" BTU", 1), frames.quote(b" BTU", 10.0, 10.01))
    first.terminate()
    assert first.wait() == 0
    before = quote_of(any_client, "BTU")
    processes.ingest(any_url)
    any_client.flushall()
    wait_until(lambda: quote_of(any_client, "BTU") == before, "all of it is written again")


def test_a_stream_carries_quotes_statuses_and_both(
    processes: Processes, any_url: str, any_client: Redis
) -> None:
    """An entry with a status and no price is a status alone; `entry()` of the client gives the fields."""
    add(any_client, symbol="BTU", bid="10", offer="10.01", status="1", band_low="9.5")
    add(any_client, symbol="IBM", bid="20", offer="20.01")
    any_client.xadd("quotes", Status.of(symbol="IBM", status="auction").entry())
    add(any_client, symbol="GLD", status="6", bid="1", offer="2")
    add(any_client, symbol="BAD", status="9")
    ingestor(processes, any_url, "quotes")
    wait_until(lambda: any_client.xlen("rejected"), "all are taken")
    wait_until(lambda: quote_of(any_client, "GLD"), "all are written")

    found = {name: quote_of(any_client, name) for name in ("BTU", "IBM", "GLD")}
    assert {name: (each["bid"], each.get("status")) for name, each in found.items()} == {
        "BTU": ("10.0", "1"), "IBM": ("20.0", "3"), "GLD": ("", None),
    }  # fmt: skip
    assert (found["BTU"]["band_low"], found["BTU"]["band_high"]) == ("9.5", "")
    assert {each["source"] for each in found.values()} == {"stream:quotes"}
    assert entries_after(any_client, stream="rejected")[0]["reason"] == "status"
