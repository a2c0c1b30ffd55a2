"""The listing of a data set, made once and read by shard: jobs on a cluster never look at the pictures' folders."""

from pipeline.data.listed.keeping import Way, anew, current, kept, stored
from pipeline.data.listed.summary import Listed, OnDisk

__all__ = ["Listed", "OnDisk", "Way", "anew", "current", "kept", "stored"]
