"""The drills of this person: the shipped ones, those of DRILL_PATH, and those of the folders in the settings."""

from __future__ import annotations

from pathlib import Path

from app.home import Home
from app.settings import Settings, load_settings
from grader.catalogue import Catalogue, holds_drills, open_catalogue
from grader.errors import CatalogueError


def open_drills(settings: Settings | None = None) -> Catalogue:
    """The catalogue. Raises CatalogueError when a folder of the settings holds no drills.

    Args:
        settings: Those of the person, where they are read already.
    """
    catalogue = open_catalogue()
    folders = (settings or load_settings(Home.find().settings_path)[0]).drill_folders
    own = [Path(folder).expanduser().absolute() for folder in folders]
    for root in own:
        if not holds_drills(root):
            raise CatalogueError(f"settings.toml: drill_folders names {root}, which has no folders `drills` and `solutions`")
    extra = [root for root in dict.fromkeys(own) if root not in catalogue.roots]
    return Catalogue(*catalogue.roots, *extra) if extra else catalogue
