"""Where things live, which way imports point, and what must never be committed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

CHECKOUT = Path(__file__).parent.parent
ROOTS = {"sources", "destinations", "pipelines"}
FOLDERS = {
    "zoho_crm": "sources",
    "zoho_destinations": "destinations",
    "zoho_sync": "pipelines",
    "zoho_simulator": "pipelines",
}
MAY_IMPORT: dict[str, set[str]] = {
    "zoho_crm": set(),
    "zoho_simulator": set(),
    "zoho_destinations": {"zoho_crm"},
    "zoho_sync": {"zoho_crm", "zoho_destinations", "zoho_simulator"},
}
# Inside zoho_crm no module reaches, directly or through others, one that stands above it here. A
# module that is not named may stand under the client or over it, but not under the first three.
LAYERS = {
    **dict.fromkeys(["exceptions", "settings", "api_types"], 0),
    **dict.fromkeys(["auth", "columns", "paging", "records"], 1),
    "client": 2,
    "source": 4,
    "__init__": 5,
}
LOWEST_UNNAMED, HIGHEST_UNNAMED = 1, 3
PURE_MODULES = {"columns", "paging", "records"}
READS_OR_WAITS = {
    *("asyncio", "http", "httpx", "requests", "socket", "subprocess", "threading", "time"),
    *("urllib", "urllib3"),
}
SAY_NOTHING = {"common", "data", "helper", "helpers", "item", "items", "misc", "util", "utils"}
# Written so that this file does not match them.
MACHINE_PATH = re.compile(r"(?<![\w.:/~-])/(?:wor[k]|op[t]|hom[e]|roo[t]|User[s]|mn[t])/\w")
INDEX_ADDRESS = re.compile(
    r"(?<![\w-])--(?:(?:extra-)?index-ur[l]|find-link[s]|trusted-hos[t])"
    r"|https?://\S*/simpl[e]\b|files\.pythonhosted\.or[g]|pypi\.or[g]/simple|file:///\w"
)
LOCKED = re.compile(r"[a-z0-9][a-z0-9.-]*==[\w.!+]+(?: ; .+)?")


class Import(NamedTuple):
    """One import statement: the file and line it stands in, and the module it names."""

    module: str
    target: str
    is_relative: bool
    is_for_types: bool
    place: str


def _modules(package: str) -> dict[str, Path]:
    folder = CHECKOUT / FOLDERS[package]
    return {
        ".".join(path.relative_to(folder).with_suffix("").parts): path
        for path in sorted((folder / package).rglob("*.py"))
    }


def _imports(package: str) -> Iterator[Import]:
    modules = _modules(package)
    for module, path in modules.items():
        tree = ast.parse(path.read_text("utf-8"))
        for_types = {
            id(node)
            for block in ast.walk(tree)
            if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
            for node in ast.walk(block)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                place = f"{path.relative_to(CHECKOUT)}:{node.lineno}"
                is_relative = isinstance(node, ast.ImportFrom) and node.level > 0
                for target in _targets(node, module, modules):
                    yield Import(module, target, is_relative, id(node) in for_types, place)


def _targets(
    node: ast.Import | ast.ImportFrom, module: str, modules: dict[str, Path]
) -> Iterator[str]:
    """Gives the modules that a statement imports, or imports names from."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    parents = module.split(".")[: -node.level] if node.level else []
    base = ".".join([*parents, *filter(None, [node.module])])
    for alias in node.names:
        submodule = f"{base}.{alias.name}"
        is_module = submodule in modules or f"{submodule}.__init__" in modules
        yield submodule if is_module else base


def _imports_of_all() -> list[Import]:
    return [found for package in FOLDERS for found in _imports(package)]


def _reached(package: str) -> dict[str, set[str]]:
    """Gives, for each module, itself and the modules of its package that it comes to import."""
    reached = {module: {module} for module in _modules(package)}
    imports = [found for found in _imports(package) if found.target.split(".")[0] == package]
    for _ in reached:
        for found in imports:
            reached[found.module] |= reached.get(_file_of(found.target, reached), set())
    return reached


def _file_of(target: str, modules: Container[str]) -> str:
    return target if target in modules else f"{target}.__init__"


def _committed_files() -> list[Path]:
    git = ["git", "-c", "safe.directory=*", "-C", str(CHECKOUT)]
    listed = subprocess.run(
        [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = [CHECKOUT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def _lines_matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(CHECKOUT)}:{number}: {line.strip()[:120]}"
        for path in _committed_files()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_path_roots_hold_packages_and_are_none() -> None:
    found = {
        (root, path.name)
        for root in ROOTS
        for path in (CHECKOUT / root).iterdir()
        if path.suffix == ".py" or any(path.glob("*.py"))
    }

    assert found <= {
        ("sources", "zoho_crm_pipeline.py"),
        *((root, package) for package, root in FOLDERS.items()),
    }


@pytest.mark.parametrize("package", FOLDERS)
def test_a_package_is_typed_and_its_modules_say_what_they_are_for(package: str) -> None:
    stems = {path.stem for path in _modules(package).values()}

    assert (CHECKOUT / FOLDERS[package] / package / "py.typed").is_file()
    assert stems & SAY_NOTHING == set()
    assert [stem for stem in stems if "manager" in stem or stem.startswith("do_")] == []


@pytest.mark.parametrize("package", FOLDERS)
def test_imports_between_packages_point_one_way(package: str) -> None:
    others = set(FOLDERS) - MAY_IMPORT[package] - {package}

    wrong = [
        f"{found.place} imports {found.target}"
        for found in _imports(package)
        if found.target.split(".")[0] in others | ROOTS | {"tests"}
    ]

    assert wrong == []


def test_zoho_crm_imports_itself_relatively_so_that_its_folder_can_be_copied() -> None:
    wrong = [
        found.place
        for found in _imports("zoho_crm")
        if not found.is_relative and found.target.split(".")[0] == "zoho_crm"
    ]

    assert wrong == []


def test_imports_inside_zoho_crm_go_from_higher_layers_to_lower_ones() -> None:
    wrong = [
        f"{module} reaches {target}"
        for module, targets in _reached("zoho_crm").items()
        for target in targets - {module}
        if LAYERS.get(target.split(".")[1], LOWEST_UNNAMED)
        > LAYERS.get(module.split(".")[1], HIGHEST_UNNAMED)
    ]

    assert wrong == []


@pytest.mark.parametrize("package", FOLDERS)
def test_modules_of_a_package_do_not_import_each_other_in_a_circle(package: str) -> None:
    modules = _modules(package)
    graph: dict[str, set[str]] = {}
    for found in _imports(package):
        if found.target.split(".")[0] == package and not found.is_for_types:
            target = _file_of(found.target, modules)
            graph.setdefault(found.module, set()).add(target)

    assert graph
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


def test_pure_modules_of_zoho_crm_neither_read_nor_wait() -> None:
    pure = [
        targets
        for module, targets in _reached("zoho_crm").items()
        if module.split(".")[1] in PURE_MODULES
    ]

    wrong = [
        f"{found.place} imports {found.target}"
        for found in _imports("zoho_crm")
        if found.module in set().union(*pure) and found.target.split(".")[0] in READS_OR_WAITS
    ]

    assert wrong == []


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    providers = packages_distributions()

    wrong = [
        f"{found.place} imports {found.target}"
        for found in _imports_of_all()
        if (library := found.target.split(".")[0]) not in sys.stdlib_module_names
        and library not in FOLDERS
        and not declared & {canonicalize_name(name) for name in providers.get(library, ())}
    ]

    assert wrong == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_hold_versions_and_nothing_else(name: str) -> None:
    lines = (CHECKOUT / name).read_text("utf-8").splitlines()

    assert [line for line in lines if not LOCKED.fullmatch(line)] == []


def test_the_runtime_lock_is_part_of_the_development_lock() -> None:
    runtime, development = (
        set((CHECKOUT / name).read_text("utf-8").splitlines())
        for name in ("requirements.txt", "requirements-dev.txt")
    )

    assert runtime - development == set()


def test_the_locks_satisfy_what_pyproject_declares() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    lock = (CHECKOUT / "requirements-dev.txt").read_text("utf-8")
    locked = dict(line.split(" ;")[0].split("==") for line in lock.splitlines())
    declared = [
        Requirement(line)
        for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    ]

    assert [
        str(requirement)
        for requirement in declared
        if not requirement.specifier.contains(locked.get(canonicalize_name(requirement.name), "0"))
    ] == []


def test_no_committed_file_names_a_path_of_somebodys_machine() -> None:
    assert _lines_matching(MACHINE_PATH) == []
    assert _lines_matching(re.compile(re.escape(str(CHECKOUT)) + r"\b")) == []


def test_no_committed_file_names_a_package_index() -> None:
    assert _lines_matching(INDEX_ADDRESS) == []


def test_git_ignores_the_secrets() -> None:
    secrets = CHECKOUT / ".dlt" / "secrets.toml"
    git = ["git", "-c", "safe.directory=*", "-C", str(CHECKOUT)]

    assert (
        subprocess.run([*git, "check-ignore", "--quiet", str(secrets)], check=False).returncode == 0
    )
    assert secrets not in _committed_files()
