"""The whole examination, part by part, so that what is known is shown though the next part takes long."""

from collections.abc import Iterator

from market_spread.redis_url import parse_redis_url
from services.cli.doctor.clocks import examine_clocks
from services.cli.doctor.contents import examine_contents
from services.cli.doctor.finding import Finding
from services.cli.doctor.limits import examine_limits
from services.cli.doctor.patient import Patient
from services.cli.doctor.rights import examine_rights
from services.cli.doctor.running import examine_running
from services.cli.doctor.server import examine_servers
from services.cli.doctor.topology import examine_cluster, examine_sentinels, slots_of
from shared.redis.url import open_link


def examine(url: str, alerts: str) -> Iterator[Finding]:
    """Look at a Redis; nothing in it is changed.

    Args:
        url: of it.
        alerts: the name of the stream of alerts.

    Raises:
        RedisRefused: it does not let us in.
        RedisUnavailable: no answer.
    """
    link, parsed = open_link(url, name="market-spread-doctor"), parse_redis_url(url)
    try:
        if parsed.kind == "sentinel":  # they may tell why the master cannot be found
            yield from examine_sentinels(parsed.hosts, parsed.service)
        patient = Patient(parsed, link)
        if patient.url.kind == "cluster":
            yield from examine_cluster(patient)
        places = patient.servers(slots_of(patient))
        about_servers = examine_servers(patient, places)
        yield from about_servers
        if any(each.topic == "role" and each.level == "bad" for each in about_servers):
            return  # it is not this server that services would use
        yield from examine_clocks(patient, places)
        yield from examine_rights(patient, alerts)
        yield from examine_contents(patient, places, alerts)
        yield from examine_limits(patient)
        yield from examine_running(url)
    finally:
        link.close()
