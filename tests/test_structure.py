"""The floor plan in figures, drawn from the imports; `python -m tests.test_structure` prints them.

Knows the source as text; imports nothing of it. Which layer may import which is a contract in
pyproject.toml.
"""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SMALL = 70
"""Lines: a module shorter than this that only one other imports is a fragment."""


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


PATHS = {module_of(path): path for path in sorted((ROOT / "tui").rglob("*.py"))}


def named_by(statement: ast.stmt | ast.AST) -> set[str]:
    """Modules of ours that an import statement names."""
    match statement:
        case ast.ImportFrom(module=str(module), names=names):
            found = {f"{module}.{name.name}" for name in names} | {module}
            inner = {name for name in found if name in PATHS and name != module}
            return inner or ({module} & PATHS.keys())
        case ast.Import(names=names):
            return {name.name for name in names} & PATHS.keys()
        case _:
            return set()


IMPORTS = {
    module: set().union(*map(named_by, ast.walk(ast.parse(path.read_text())))) - {module}
    for module, path in PATHS.items()
}
"""By module: those that it imports, also within functions."""


@cache
def depth(module: str) -> int:
    """Modules on the longest chain of imports from `module` on. RecursionError in a circle."""
    return 1 + max(map(depth, IMPORTS[module]), default=0)


def fragments() -> list[str]:
    importers = Counter(name for names in IMPORTS.values() for name in names)
    return [
        module
        for module, path in PATHS.items()
        if importers[module] == 1
        and path.name != "__init__.py"
        and len(path.read_text().splitlines()) < SMALL
    ]


def folders() -> Counter[str]:
    return Counter(str(p.parent.relative_to(ROOT)) for p in PATHS.values() if p.stem != "__init__")


def test_imports_go_in_no_circle_and_no_chain_is_long() -> None:
    deepest = max(PATHS, key=depth)
    assert depth(deepest) <= 14, deepest


def test_a_stranger_can_look_around() -> None:
    assert folders()["tui"] <= 14
    assert max(folders().values()) <= 20
    assert len(fragments()) <= 40


if __name__ == "__main__":
    deepest = max(PATHS, key=depth)
    print(f"modules at the root of tui/    {folders()['tui']}")
    print(f"files in the largest folder    {max(folders().values())}")
    print(f"longest chain of imports       {depth(deepest)}, from {deepest}")
    print(f"fragments                      {len(fragments())}")
