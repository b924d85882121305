FROM python:3.11-slim

RUN useradd --create-home --uid 1000 bot && mkdir /data && chown bot /data
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY cogs cogs
RUN pip install --no-cache-dir --constraint constraints.txt .

# The database, the videos, and config.toml where there is one: without it the settings come from
# the environment alone. The paths of the settings are relative to it.
WORKDIR /data
VOLUME /data
USER bot
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["sora-bot", "healthy"]
ENTRYPOINT ["sora-bot"]
CMD ["run"]
