"""The architecture: who may import whom, and what no module does when it is imported."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePath

ROOT = Path(__file__).parent.parent
SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in ("bot", "cogs")
    for path in sorted((ROOT / folder).rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in SOURCES.items()}

SHARED_BY_PROVIDERS = (
    "providers.base providers.body providers.fields providers.http providers.limiter "
    "providers.moderation providers.picture providers.proof providers.results "
    "providers.waiting providers.words "
    "catalogue clock encodings errors exhaustion redaction"
)
MAY_IMPORT = {
    "bot.errors": "errors",
    "bot.addresses": "",
    "bot.clock": "",
    "bot.encodings": "",
    "bot.exhaustion": "errors",
    "bot.private": "",
    "bot.redaction": "",
    "bot.logs": "redaction",
    "bot.validation": "redaction",
    "bot.config": "config catalogue errors redaction validation",
    "bot.catalogue": "catalogue errors validation",
    "bot.storage": "storage errors exhaustion private",
    "bot.credits": "credits clock errors storage",
    # What they share, and their own package: providers never import one another.
    "bot.providers.segmind": "providers.segmind " + SHARED_BY_PROVIDERS,
    "bot.providers": SHARED_BY_PROVIDERS,
    "bot.process": "errors exhaustion",
    "bot.delivery": "delivery addresses clock encodings errors exhaustion process",
    "bot.pixels": "pixels errors exhaustion",
    "bot.pictures": "pictures delivery errors exhaustion process",
    "bot.reports": "reports presentation",
    "bot.jobs": (
        "jobs catalogue clock credits delivery errors exhaustion pictures providers.base "
        "redaction storage"
    ),
    "bot.presentation": "presentation addresses catalogue credits delivery.plan errors jobs",
    "bot.notifier": (
        "notifier catalogue clock credits delivery errors exhaustion jobs pictures presentation "
        "redaction storage"
    ),
    "bot.client": (
        "client catalogue clock config credits delivery.video errors exhaustion jobs pictures "
        "presentation redaction storage"
    ),
    "bot.sandbox": "sandbox",
    "cogs": "catalogue client credits errors jobs pictures presentation reports",
}
"""What of ``bot`` each part may import. Others (the root, the command line) may import all of it;
nobody imports ``cogs``."""

MAY_IMPORT_DISCORD = ("bot.app", "bot.client", "bot.notifier", "bot.presentation", "cogs")

MAY_READ_ENVIRONMENT = ("bot.config",)
MAY_PASS_ENVIRONMENT_ON = ("bot.demo",)  # to the bot that it starts as a process of its own

PURE = (
    "bot.errors",
    "bot.clock",
    "bot.catalogue",
    "bot.config.lines",
    "bot.jobs.states",
    "bot.jobs.queue",
    "bot.jobs.pace",
    "bot.delivery.plan",
    "bot.delivery.encode",
    "bot.credits.amounts",
    "bot.credits.periods",
    "bot.credits.policies",
    "bot.credits.sources",
    "bot.reports.report",
    "bot.reports.words",
)
PURE_LIBRARIES = {
    *("collections", "dataclasses", "datetime", "enum", "functools", "math", "statistics"),
    *("itertools", "re", "types", "typing", "unicodedata"),
    # pydantic checks values; two read the catalogue that is shipped in the package; the last
    # names files, and opens none here.
    *("pydantic", "importlib", "tomllib", "pathlib"),
}
CLOCK_LIBRARIES = {"asyncio", "contextlib", "time"}

BUILDERS = {
    "Bot",
    "Client",
    "ClientSession",
    "ThreadPoolExecutor",
    "create_engine",
    "load_catalogue",
    "load_settings",
}
"""Calls of libraries and of ours that open, start or read something."""


def imports(name: str) -> Iterator[str]:
    """Name everything that a module imports, at the top or within a function."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Tell whether a dotted name is one of the packages or lies in one."""
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs on import: everything but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from at_import(child)


def called_name(call: ast.Call) -> str:
    """Name what is called, without what it is looked up on."""
    callee = call.func
    return callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "")


def test_modules_import_only_in_the_agreed_directions() -> None:
    """Each part imports of ours what it is built upon, and nothing else."""
    wrong = []
    for name in SOURCES:
        part = next((each for each in MAY_IMPORT if within(name, (each,))), None)
        may = ("bot",) if part is None else tuple(f"bot.{x}" for x in MAY_IMPORT[part].split())
        if name.startswith("cogs."):
            # A cog that is a package has parts; cogs never import each other.
            may += (".".join(name.split(".")[:2]),)
        wrong += [
            f"{name} imports {each}"
            for each in imports(name)
            if each.startswith((".", "bot.", "cogs.")) and not within(each, may)
        ]
    assert wrong == []


def test_only_the_edge_towards_discord_imports_discord() -> None:
    """The client, what it shows, and the commands know the library; the work does not."""
    assert [
        name
        for name in SOURCES
        if not within(name, MAY_IMPORT_DISCORD)
        and any(within(each, ("discord",)) for each in imports(name))
    ] == []


def test_presentation_never_waits() -> None:
    """Words and embeds are made by plain functions."""
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert [
        f"{name}:{node.lineno}"
        for name in SOURCES
        if within(name, ("bot.presentation",))
        for node in ast.walk(TREES[name])
        if isinstance(node, waiting)
    ] == []


def test_decisions_do_no_io() -> None:
    """The pure modules import nothing that could reach a disk, a socket or a process."""
    wrong = []
    for name in SOURCES:
        libraries = PURE_LIBRARIES | (CLOCK_LIBRARIES if name == "bot.clock" else set())
        wrong += [
            f"{name} imports {each}"
            for each in imports(name)
            if within(name, PURE) and each.split(".")[0] not in libraries | {"bot"}
        ]
    assert wrong == []


def test_cogs_do_not_reach_into_each_other() -> None:
    """A command asks services; it never looks up another cog."""
    assert [
        f"{name}:{node.lineno}"
        for name in SOURCES
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Attribute) and node.attr == "get_cog"
    ] == []


def test_only_the_configuration_reads_the_environment() -> None:
    """Every other module is told what it needs."""
    names = {"environ", "environb", "getenv", "getenvb"}
    assert [
        name
        for name in SOURCES
        if not within(name, MAY_READ_ENVIRONMENT)
        and not name.startswith(MAY_PASS_ENVIRONMENT_ON)
        and (
            any(each.split(".")[-1] in names for each in imports(name))
            or any(
                isinstance(node, ast.Attribute) and node.attr in names
                for node in ast.walk(TREES[name])
            )
        )
    ] == []


def test_nothing_is_built_on_import() -> None:
    """Importing a module opens, starts and reads nothing: parts are built by the root."""
    ours = {
        node.name
        for tree in TREES.values()
        for node in ast.walk(tree)
        # A class with an __init__ of its own holds on to something; values are dataclasses.
        if isinstance(node, ast.ClassDef)
        and any(isinstance(each, ast.FunctionDef) and each.name == "__init__" for each in node.body)
    }
    assert [
        f"{name}:{node.lineno} builds {called_name(node)}"
        for name, tree in TREES.items()
        for node in at_import(tree)
        if isinstance(node, ast.Call) and called_name(node) in BUILDERS | ours
    ] == []


def test_files_and_functions_stay_short() -> None:
    """No file has over 400 lines and no function over 50."""
    long_files = [
        name
        for name, path in SOURCES.items()
        if len(path.read_text(encoding="utf-8").splitlines()) > 400
    ]
    long_functions = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        # A migration is a list of what to create, written once and never changed.
        if not within(name, ("bot.storage.migrations",))
        and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert long_files + long_functions == []


def test_everything_is_installed_that_is_needed() -> None:
    """Each folder with code is a package, and each other file is declared as package data."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    data = settings["tool"]["setuptools"]["package-data"]
    declared = [f"{package}/{each}" for package, patterns in data.items() for each in patterns]
    files = [
        path
        for folder in ("bot", "cogs")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert {path.name for path in files} >= {"models.toml", "script.py.mako", "env.py"}
    assert [
        str(path)
        for path in files
        if path.suffix == ".py" and not (path.parent / "__init__.py").exists()
    ] == []
    assert [
        str(path)
        for path in files
        if path.suffix != ".py"
        and not any(PurePath(path.relative_to(ROOT)).match(pattern) for pattern in declared)
    ] == []


def test_every_field_of_an_embed_passes_the_one_guard_of_its_length() -> None:
    """Discord refuses a message whose field is too long or empty, and its reader sees nothing."""
    assert [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        if name != "bot.presentation.embeds" and not within(name, ("bot.sandbox",))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "add_field"
    ] == []
