"""How far a run is: from its plan and the files on disk, for the terminal and for `seedmask status`."""
