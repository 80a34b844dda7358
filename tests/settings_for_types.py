"""The settings that the type checker reads: Handpress's own, for a newsroom that holds nothing."""

import atexit
import shutil
import tempfile
from pathlib import Path

from newsrooms import make_newsroom, use_newsroom

_folder = Path(tempfile.mkdtemp(prefix="handpress-types-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
use_newsroom(make_newsroom(_folder))

from handpress.project.settings import *  # noqa: E402, F403
