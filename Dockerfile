# Runs as a user of its own; everything that lasts is in the volume /data.
FROM python:3.12-slim

COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir -r /tmp/requirements.txt
COPY pyproject.toml README.md LICENSE /src/
COPY sources /src/sources
COPY destinations /src/destinations
COPY pipelines /src/pipelines
RUN pip install --no-cache-dir --no-deps /src && rm -rf /src

RUN useradd --create-home --uid 10001 zoho && mkdir /data && chown zoho:zoho /data
USER zoho
WORKDIR /data
VOLUME /data
ENV HOME=/data
ENTRYPOINT ["zoho-sync"]
CMD ["run"]
