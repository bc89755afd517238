# One image for all roles; the command says which: ingest, check, api, forward, simulate, alerts.
ARG PYTHON=3.13-slim

FROM python:${PYTHON} AS build
WORKDIR /build
COPY requirements-image.lock ./
# Wheels alone, each with the hash in the lock file: nothing else gets in, and nothing runs to be installed.
RUN pip download --quiet --no-cache-dir --only-binary :all: --require-hashes --dest wheels -r requirements-image.lock
COPY pyproject.toml README.md LICENSE ./
COPY client client
COPY services services
COPY shared shared
# The build backend is among the wheels; pip uses it beside the environment, where it does not stay.
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python install --quiet --no-cache-dir --no-index --find-links wheels . ./client

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="Market Spread" \
      org.opencontainers.image.description="Checks every order against its symbol's market, raises alerts" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/venv /opt/venv
COPY deploy/image /opt/market-spread
# In a container all roles have metrics and health on one port, and the API serves on 8000: HEALTHCHECK asks there.
ENV PATH=/opt/venv/bin:$PATH \
    MARKET_SPREAD_METRICS=0.0.0.0:9100
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-I", "/opt/market-spread/health.py"]
ENTRYPOINT ["/opt/market-spread/entrypoint"]
CMD ["--help"]
