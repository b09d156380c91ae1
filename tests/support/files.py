"""Looking into folders in which others are at work."""

import os


def files_below(root):
    """The paths of all files below a folder, relative to it. What goes while it looks is not there."""
    return {os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root) for name in names}
