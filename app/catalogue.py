"""The drills of this person: the shipped ones, those of DRILL_PATH, and those of the folders in the settings."""

from __future__ import annotations

from pathlib import Path

from app.home import Home
from app.settings import Settings, load_settings
from grader.catalogue import Catalogue, holds_drills, open_catalogue
from grader.errors import CatalogueError


def open_drills(settings: Settings | None = None, *, coming: Path | None = None) -> Catalogue:
    """The catalogue. Raises CatalogueError when a folder of the settings holds no drills.

    Args:
        settings: Those of the person, where they are read already.
        coming: A folder whose first drill is about to be written: it may be empty yet.
    """
    catalogue = open_catalogue(coming)
    own = own_folders(settings)
    for root in own:
        if not holds_drills(root) and (coming is None or root != coming.expanduser().absolute()):
            raise CatalogueError(
                f"settings.toml: drill_folders names {root}, which has no folders `drills` and `solutions`\n"
                f"hint: `drill new DECK/NAME --in {root}` makes them; `drill settings drill_folders \"\"` forgets all folders"
            )
    extra = [root for root in dict.fromkeys(own) if root not in catalogue.roots and holds_drills(root)]
    return Catalogue(*catalogue.roots, *extra) if extra else catalogue


def own_folders(settings: Settings | None = None) -> list[Path]:
    """The folders that the settings name, from the root."""
    folders = (settings or load_settings(Home.find().settings_path)[0]).drill_folders
    return [Path(folder).expanduser().absolute() for folder in folders]
