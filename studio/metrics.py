"""/health for whoever starts and watches the studio, /metrics for Prometheus. Both come from the store."""
from collections.abc import Iterator

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from config.version import VERSION
from jobs import control
from studio.rest import answers

BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
LANES = {"queued": "Jobs that wait", "running": "Jobs under way", "workers": "How many run side by side", "paused": "1 while paused"}


class Jobs(Collector):
    """What the store says at this moment."""

    def collect(self) -> Iterator[GaugeMetricFamily | HistogramMetricFamily]:
        """Jobs by status, lanes, and how long finished jobs took."""
        by_status = GaugeMetricFamily("troubadour_jobs", "Jobs in the store", labels=["kind", "status"])
        for kind, status, count in control.counts():
            by_status.add_metric([kind, status], count)
        yield by_status
        lanes = control.status(control.Caller())["lanes"]
        for name, what in LANES.items():
            family = GaugeMetricFamily(f"troubadour_lane_{name}", what, labels=["lane"])
            for lane, state in lanes.items():
                family.add_metric([lane], float(state[name]))
            yield family
        took = HistogramMetricFamily("troubadour_job_seconds", "Seconds from start to end of complete jobs", labels=["kind"])
        for kind, (counts, total) in control.durations(BUCKETS).items():
            edges = [*map(str, BUCKETS), "+Inf"]
            took.add_metric([kind], list(zip(edges, counts, strict=True)), total)
        yield took


registry = CollectorRegistry()
registry.register(Jobs())


def _health() -> dict[str, object]:
    lanes = control.status(control.Caller())["lanes"]
    return {"status": "ok", "version": VERSION, "lanes": lanes, "workers": sum(lane["workers"] for lane in lanes.values())}


@answers
async def health(request: Request) -> Response:
    """GET /health."""
    return JSONResponse(await run_in_threadpool(_health))


@answers
async def metrics(request: Request) -> Response:
    """GET /metrics."""
    return Response(await run_in_threadpool(generate_latest, registry), media_type="text/plain; version=0.0.4; charset=utf-8")


def routes(app: FastAPI) -> None:
    """Add them."""
    app.add_route("/health", health, methods=["GET", "HEAD"])
    app.add_route("/metrics", metrics, methods=["GET"])
