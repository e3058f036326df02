"""scale: zone chunks are worked on here or on a Dask cluster; the one file that imports Dask."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge

from infraction_model.errors import ConfigError
from infraction_model.features.zone_chunks import WHOLE, Chunks

_OF_THE_CLUSTER = re.compile(r"^\[(machines|num_machines|local_listen_port): .*\]\n", re.MULTILINE)
"""Settings in a model's text that name the machines that fitted it."""


@dataclass(frozen=True)
class HereParameters:
    """Everything in this process, all zones at once."""

    kind: Literal["here"] = "here"


@dataclass(frozen=True)
class DaskParameters:
    """Features and scores of zone chunks on a Dask cluster.

    `scheduler`: address of a running one; empty: `workers` processes are started on this machine.
    `zones`: of one chunk. Results are those of one process to the bit, unless `train`: then the
    final fit of LightGBM is made on the cluster too: the model depends on the number of workers,
    and the same one twice is not promised.
    """

    kind: Literal["dask"] = "dask"
    scheduler: str = ""
    workers: Annotated[int, Ge(1)] = 2
    zones: Annotated[int, Ge(1)] = 1000
    train: bool = False


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

        yield Chunks(parameters.zones, run, train_on_cluster if parameters.train else None)


def _call(function: Callable[..., Any], arguments: tuple) -> Any:
    return function(*arguments)


def train_on_cluster(
    parameters: dict[str, Any],
    features: np.ndarray,
    *,
    names: tuple[str, ...],
    label: np.ndarray,
    weight: np.ndarray | None,
    init_score: np.ndarray | None,
    trees: int,
) -> Any:
    """A LightGBM booster fitted by all workers of the cluster in use, an equal share of rows each.

    A worker bins some columns by its own rows, so rows are dealt out in turn: each share is like
    the whole.
    """
    import dask.array
    import lightgbm
    from distributed import default_client
    from lightgbm.dask import DaskLGBMRegressor

    client = default_client()
    workers = list(client.scheduler_info(n_workers=-1)["workers"])

    def dealt(values: np.ndarray | None) -> Any:
        if values is None:
            return None
        shares = [np.ascontiguousarray(values[n :: len(workers)]) for n in range(len(workers))]
        return dask.array.concatenate(
            [
                dask.array.from_delayed(
                    client.scatter(share, workers=[worker], hash=False), share.shape, share.dtype
                )
                for share, worker in zip(shares, workers, strict=True)
            ]
        )

    settings = {key: value for key, value in parameters.items() if key != "num_threads"}
    model = DaskLGBMRegressor(client=client, n_estimators=trees, **settings)
    with warnings.catch_warnings():
        # each worker uses the threads it has, and LightGBM says so whatever is asked
        warnings.filterwarnings("ignore", "Parameter n_jobs will be ignored")
        model.fit(
            dealt(features),
            dealt(label),
            sample_weight=dealt(weight),
            init_score=dealt(init_score),
            feature_name=list(names),
        )
    return lightgbm.Booster(model_str=_OF_THE_CLUSTER.sub("", model.booster_.model_to_string()))


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
