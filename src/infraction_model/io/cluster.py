"""scale: zone chunks are worked on here or on a Dask cluster; the one file that imports Dask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge

from infraction_model.errors import ConfigError
from infraction_model.features.zone_chunks import WHOLE, Chunks


@dataclass(frozen=True)
class HereParameters:
    """Everything in this process, all zones at once."""

    kind: Literal["here"] = "here"


@dataclass(frozen=True)
class DaskParameters:
    """Features and scores of zone chunks on a Dask cluster.

    `scheduler`: address of a running one; empty: `workers` processes are started on this machine.
    `zones`: of one chunk. Results are those of one process to the bit.
    """

    kind: Literal["dask"] = "dask"
    scheduler: str = ""
    workers: Annotated[int, Ge(1)] = 2
    zones: Annotated[int, Ge(1)] = 1000


ScaleParameters = HereParameters | DaskParameters


@contextmanager
def zone_chunks(parameters: ScaleParameters) -> Iterator[Chunks]:
    """The chunks to hand to fit and predict, for as long as the cluster is needed.

    Raises ConfigError where Dask is not installed or no scheduler answers.
    """
    if isinstance(parameters, HereParameters):
        yield WHOLE
        return
    with _client(parameters) as client:

        def run(function: Callable[..., Any], arguments: Iterable[tuple]) -> list:
            sent = client.scatter(list(arguments), hash=False)
            return client.gather([client.submit(_call, function, one, pure=False) for one in sent])

        yield Chunks(parameters.zones, run)


def _call(function: Callable[..., Any], arguments: tuple) -> Any:
    return function(*arguments)


@contextmanager
def _client(parameters: DaskParameters) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ConfigError(
            "scale=dask needs Dask, which is not installed. Run `pip install "
            "'infraction-model[scale]'`, or leave scale=here."
        ) from None
    if parameters.scheduler:
        try:
            client = Client(parameters.scheduler, timeout=10)
        except OSError:
            raise ConfigError(
                f"key 'scale.scheduler': no Dask scheduler answers at {parameters.scheduler}. "
                "Start one with `dask scheduler`, or leave it empty for workers on this machine."
            ) from None
        with client:
            yield client
        return
    cluster = LocalCluster(
        n_workers=parameters.workers, threads_per_worker=1, dashboard_address=None
    )
    with cluster, Client(cluster) as client:
        yield client
