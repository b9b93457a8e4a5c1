# The server alone, without PyTorch. The token is a file that is mounted, or the variable LANDMARK_TOKEN:
#
#   docker build --tag landmark .
#   docker run --read-only --cap-drop ALL --publish 127.0.0.1:8000:8000 \
#     --volume ./token:/run/secrets/token:ro landmark --token-file /run/secrets/token
#
# It needs no writable folder: what its processes share lies in /dev/shm.

FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY landmark landmark
RUN python -m venv --without-pip /opt/landmark \
    && python -m pip --python /opt/landmark/bin/python install --no-cache-dir '.[serve]'

FROM python:3.13-slim
COPY --from=build /opt/landmark /opt/landmark
ENV PATH=/opt/landmark/bin:$PATH PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["landmark", "serve", "--host", "0.0.0.0", "--port", "8000"]
