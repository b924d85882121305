FROM python:3.11-slim

# Letters for the names in a report's picture: of East Asia, Thai and Hindi; 6 MB together.
RUN apt-get update && apt-get install --yes --no-install-recommends \
        fonts-wqy-microhei fonts-tlwg-loma-ttf fonts-lohit-deva \
    && rm -rf /var/lib/apt/lists/*
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
