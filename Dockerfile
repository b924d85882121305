FROM python:3.11-slim

RUN useradd --create-home --uid 1000 bot && mkdir /data && chown bot /data
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY cogs cogs
RUN pip install --no-cache-dir --constraint constraints.txt .

# config.toml, the database and the videos; the paths of the settings are relative to it.
WORKDIR /data
VOLUME /data
USER bot
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["sora-bot", "healthy", "--config", "/data/config.toml"]
ENTRYPOINT ["sora-bot"]
CMD ["run", "--config", "/data/config.toml"]
