"""`market-spread doctor`: looks at a Redis."""

import click
from redis.exceptions import ResponseError

from services.cli.doctor.examination import examine
from services.cli.doctor.finding import verdict
from services.cli.redis_failures import redis_failures
from shared.process.options import alerts_option, redis_option
from shared.process.usage import Failed
from shared.telemetry import logs


@click.command(name="doctor")
@alerts_option()
@redis_option()
@click.pass_context
def main(context: click.Context, redis_url: str, alerts: str) -> None:
    """See whether a Redis is as Market Spread needs it, and what is there. Nothing is changed.

    A line each: `ok`; `note` is worth knowing; `bad` would break a promise, and makes the exit code 1.
    """
    logs.configure("text", "error")
    findings = []
    try:
        with redis_failures():
            for finding in examine(redis_url, alerts):
                findings.append(finding)
                print(finding, flush=True)
    except ResponseError as error:
        raise Failed(f"Redis answers what cannot be understood: {error}") from error
    print(verdict(findings))
    context.exit(any(each.level == "bad" for each in findings))
