"""`infraction-model COMMAND [overrides]`: arguments -> Hydra -> one pipeline -> an exit code.

The one file that imports Hydra and OmegaConf, and only once a command runs: `--help` stays quick.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from infraction_model import __version__, helptext
from infraction_model.commandline import CommandLine, config_dir, parse
from infraction_model.errors import (
    ConfigError,
    InfractionModelError,
    NotEnoughMemoryError,
    did_you_mean,
    nearest,
    of_os_error,
)
from infraction_model.helptext import PROGRAM
from infraction_model.io.masking import has_password, masked
from infraction_model.io.step_log import LOGGER, StepLog
from infraction_model.pipelines.steps import BY_NAME, Step

_PASSWORD_WRITTEN = (
    "an address with a password in it would end up in logs and shell histories. Put user and "
    "password into the environment (MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD), or the "
    "whole address: 'tracking.uri=${oc.env:TRACKING_URI}'."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return the exit code of the process.

    An InfractionModelError becomes its message on standard error and its own exit code; with
    HYDRA_FULL_ERROR=1 in the environment the traceback is shown as well.
    """
    full = os.environ.get("HYDRA_FULL_ERROR") == "1"
    # products of small matrices cost more to share out among threads than to compute, several times
    # so where other programs run, and their last bits would depend on the number of cores
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return _dispatch(parse(sys.argv[1:] if argv is None else list(argv)), full)
    except InfractionModelError as error:
        return _report(error, full)
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of a pipe (head, less) went away; keep the interpreter from saying so at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _report(error: InfractionModelError, full: bool, where: str = "") -> int:
    if full:
        print(masked("".join(traceback.format_exception(error))), end="", file=sys.stderr)
    print(f"{error.label}: {where}{masked(str(error))}", file=sys.stderr, flush=True)
    return error.exit_code


def _dispatch(line: CommandLine, full: bool) -> int:
    if "--version" in line.flags:
        print(f"{PROGRAM} {__version__}")
        return 0
    if "--shell-completion" in line.flags:
        return _complete(line)
    if line.command is None:
        if line.flags.keys() - {"--help"}:
            raise ConfigError(f"expected a command: {PROGRAM} COMMAND {' '.join(line.flags)}.")
        print(helptext.overview(), end="")
        return 0
    if line.command not in BY_NAME:
        raise ConfigError(
            f"unknown command '{line.command}'. {did_you_mean(line.command, BY_NAME)} "
            f"`{PROGRAM} --help` describes them."
        )
    if line.taken.get("workspace", "here") in ("", "null"):
        raise ConfigError("workspace: expected a folder, got nothing (workspace=DIR).")
    if any(has_password(override) for override in line.overrides):
        raise ConfigError(_PASSWORD_WRITTEN)
    step = BY_NAME[line.command]
    if "--help" in line.flags:
        print(helptext.command_help(step, _options(line)), end="")
        return 0
    return _run(step, line, full)


def _options(line: CommandLine) -> helptext.CommandOptions:
    return helptext.options_of(line.command, line.folders, line.taken)


def _run(step: Step, line: CommandLine, full: bool) -> int:
    """Let Hydra compose the configuration and run the step once, or once per job of a sweep."""
    exit_codes: list[int] = []
    crashes: list[BaseException] = []

    def job(config) -> None:
        try:
            exit_codes.append(_run_job(step, config, line, full))
        except BaseException as error:
            crashes.append(error)
            raise

    try:
        _hydra(job, line)
    except InfractionModelError:
        raise
    except _composition_errors() as error:
        if error in crashes:
            raise
        raise _explain(error, line) from error
    return max(exit_codes, default=0)


def _hydra(job: Callable, line: CommandLine) -> None:
    """Call Hydra as a program that was given `--config-name COMMAND`."""
    import hydra

    flags = {flag: value for flag, value in line.flags.items() if flag != "--quiet"}
    # Hydra looks into its main folder first, and the user's own files are to win.
    if "--config-dir" in flags and "--config-path" not in flags:
        flags["--config-path"], flags["--config-dir"] = map(str, line.folders)
    if line.command is not None:
        flags["--config-name"] = line.command
    arguments = [part for pair in flags.items() for part in pair if part is not None]
    main_of_hydra = hydra.main(config_path=str(config_dir()), config_name=None, version_base="1.3")
    with _as_process([PROGRAM, *arguments, *line.overrides]):
        main_of_hydra(job)()


@contextlib.contextmanager
def _as_process(argv: list[str]) -> Iterator[None]:
    """Hydra reads sys.argv, and lets its errors through only with HYDRA_FULL_ERROR=1."""
    argv_before, full_before = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = argv, "1"
    logging.captureWarnings(True)  # into the log of the run, not across the terminal
    raised_before, logging.raiseExceptions = logging.raiseExceptions, False  # on a full disk
    try:
        yield
    finally:
        logging.raiseExceptions = raised_before
        sys.argv = argv_before
        _restore_environment("HYDRA_FULL_ERROR", full_before)
        logging.captureWarnings(False)
        _close_logs()


def _restore_environment(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _close_logs() -> None:
    for logger in (logging.getLogger(), logging.getLogger(LOGGER)):
        for handler in list(logger.handlers):
            if type(handler) in (logging.FileHandler, StepLog):
                logger.removeHandler(handler)
                handler.close()


def _run_job(step: Step, config, line: CommandLine, full: bool) -> int:
    """Run one job; an error meant for the user ends it, not the other jobs of a sweep."""
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    hydra_config = HydraConfig.get()
    number = OmegaConf.select(hydra_config, "job.num", throw_on_missing=False)
    where = "" if number is None else f"job {number}: "
    quiet = "--quiet" in line.flags
    if where and not quiet:
        print(f"{where}{' '.join(hydra_config.overrides.task)}", file=sys.stderr, flush=True)
    try:
        _refuse_passwords(OmegaConf.to_yaml(config), Path(hydra_config.runtime.output_dir))
        for key in sorted(OmegaConf.missing_keys(config)):
            raise ConfigError(_explain_missing_value(key))
        values = OmegaConf.to_container(config, resolve=True)
        parameters = _read_parameters(step, values, line, hydra_config.runtime.choices)
        with _silence() if quiet else contextlib.nullcontext():
            _run_step(step, parameters)
    except OmegaConfBaseException as error:
        return _report(_explain_value(error), full, where)
    except InfractionModelError as error:
        logging.getLogger(__name__).error("%s", masked(str(error)))
        return _report(error, full, where)
    return 0


def _refuse_passwords(written: str, run: Path) -> None:
    """Raise ConfigError where a YAML file holds a password; Hydra's copies of it are covered."""
    if has_password(written):
        for path in (run / ".hydra").glob("*.yaml"):
            path.write_text(masked(path.read_text(encoding="utf-8")), encoding="utf-8")
        raise ConfigError(_PASSWORD_WRITTEN)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Let nothing through to the terminal; errors are reported once the step is over."""
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        yield


def _read_parameters(step: Step, values: dict, line: CommandLine, choices: Mapping[str, str]):
    """The step's Parameters; an unknown key out of a YAML file is refused with the file's name."""
    from infraction_model.parameters import read

    try:
        return read(importlib.import_module(step.module).Parameters, values)
    except ConfigError as error:
        unknown = re.findall(r"unknown key '([^']+)'", str(error))
        files = helptext.files_with(unknown, step.name, line.folders, choices)
        if not files:
            raise
        raise ConfigError(
            "\n".join([str(error), *(f"It is in {path}." for path in files)])
        ) from None


def _run_step(step: Step, parameters) -> None:
    try:
        importlib.import_module(step.module).run(parameters)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise of_os_error(error) from error
    except MemoryError as error:
        raise NotEnoughMemoryError(
            f"{step.name} ran out of memory. Give it fewer zones or weeks, or a larger machine."
        ) from error


def _composition_errors() -> tuple[type[Exception], ...]:
    """What composing a configuration raises for bad input."""
    import yaml
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    return (HydraException, OmegaConfBaseException, yaml.YAMLError, OSError, ValueError)


def _explain(error: Exception, line: CommandLine) -> InfractionModelError:
    """An error of Hydra or OmegaConf in one clear message with the near name."""
    from hydra.errors import HydraException, MissingConfigException, OverrideParseException
    from omegaconf.errors import OmegaConfBaseException

    if isinstance(error, MissingConfigException):
        return ConfigError(_explain_missing(error, line))
    if isinstance(error, OverrideParseException):
        return ConfigError(
            f"cannot read '{error.override}': expected key=value. Put quotes round a value with "
            f"blanks, commas, accents or other signs: \"key='a value'\"."
        )
    if isinstance(error, OmegaConfBaseException):
        return _explain_value(error)
    if isinstance(error, OSError) and not isinstance(error, HydraException):
        return of_os_error(error)
    if isinstance(error, UnicodeDecodeError):
        return ConfigError(f"a YAML file is not in UTF-8: {error}.")
    return ConfigError(_explain_composition(" ".join(str(error).split()), line))


def _explain_composition(text: str, line: CommandLine) -> str:
    """Hydra's own sentences in the words of this command line; what is not known stays as it is."""
    if found := re.match(r"Could not override '([^']+)'", text):
        return _explain_unknown(found[1], line)
    if found := re.match(r"In '(\w+)/(\w+)': Could not override '([^']+)'", text):
        group, name, key = found.groups()
        return f"{group} '{name}' sets '{key}', which {line.command} does not have."
    if found := re.search(r"already at '([^']+)'|Multiple values for ([^\s.]+)\.", text):
        key = found[1] or found[2]
        return f"'{key}' is there already: write {key}=... without the +."
    if found := re.match(r"Ambiguous value for argument '([^=]+)=([^']+)'", text):
        key, values = found.groups()
        return (
            f"{key}={values} gives several values. Add --multirun for one run per value, or put "
            f"brackets round a list: {key}=[{values}]."
        )
    return text


def _explain_missing(error, line: CommandLine) -> str:
    group, _, name = (error.missing_cfg_file or "").rpartition("/")
    there = error.options or [
        path.stem for folder in line.folders for path in (folder / group).glob("*.yaml")
    ]
    if not group:
        return f"there is no {name}.yaml in {', '.join(map(str, line.folders))}."
    return f"there is no {group} '{name}'. {did_you_mean(name, there)}"


def _explain_unknown(key: str, line: CommandLine) -> str:
    names = _options(line).names()
    if key in names:
        return (
            f"key '{key}': a value with keys of its own changes only those that are there. "
            f"Add one with +{key}.NAME=..., take one away with ~{key}.NAME."
        )
    same_end = [name for name in names if name.rpartition(".")[2] == key.rpartition(".")[2]]
    near = same_end[0] if same_end else nearest(key, names)
    hint = f"Did you mean '{near}'? " if near else ""
    return f"unknown key '{key}'. {hint}`{PROGRAM} {line.command} --help` describes all keys."


def _explain_value(error) -> ConfigError:
    """An OmegaConf error, whose first line says it and whose `full_key` says where."""
    key = error.full_key or ""
    text = str(error).partition("\n")[0]
    missing = re.search(r"Missing mandatory value: (\S+)", text)
    if missing:
        return ConfigError(_explain_missing_value(missing[1]))
    return ConfigError(f"key '{key}': {text}." if key else text)


def _explain_missing_value(key: str) -> str:
    return f"missing key '{key}': give it a value ({key}=...)."


def _complete(line: CommandLine) -> int:
    """Shell completion: the first word completes commands, later words that command's keys."""
    typed = os.environ.get("COMP_LINE", "")
    if not any(override.startswith("query=") for override in line.overrides):
        _hydra(lambda config: None, line)
        return 0
    program, _, rest = typed.partition(" ")
    words = rest.split()
    ends_in_blank = typed.endswith(" ")
    if not words or (len(words) == 1 and not ends_in_blank):
        print("\n".join(name for name in BY_NAME if name.startswith("".join(words))))
        return 0
    try:
        inner = parse(words)
    except InfractionModelError:
        return 0
    if inner.command not in BY_NAME:
        return 0
    overrides = " ".join(inner.overrides) + (" " if ends_in_blank and inner.overrides else "")
    flags = {k: v for k, v in inner.flags.items() if k == "--config-dir"} | line.flags
    query = CommandLine(inner.command, flags, line.overrides)
    candidates = _query(query, f"{program} {overrides}")
    word = "" if ends_in_blank or not inner.overrides else inner.overrides[-1]
    groups = _options(inner).groups()
    print("\n".join(c for c in candidates if _belongs(c, word, groups, inner)))
    return 0


def _query(query: CommandLine, comp_line: str) -> list[str]:
    """What Hydra itself would complete."""
    before = os.environ.get("COMP_LINE")
    os.environ["COMP_LINE"] = comp_line
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            _hydra(lambda config: None, query)
    except _composition_errors():
        return []
    finally:
        _restore_environment("COMP_LINE", before)
    return said.getvalue().split()


def _belongs(candidate: str, word: str, groups: Sequence[str], line: CommandLine) -> bool:
    """Whether a completion is of this command: Hydra offers every group that there is."""
    if candidate.startswith("hydra"):
        return word.startswith("hydra")
    name = candidate.lstrip("+~").partition("=")[0].rstrip("/.")
    is_group = any((folder / name).is_dir() for folder in line.folders)
    return not is_group or name in groups


if __name__ == "__main__":
    sys.exit(main())
