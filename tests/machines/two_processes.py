"""What each of two processes runs for `test_distributed.py`: every comparison with one process, in one group."""

import sys
from pathlib import Path

import torch
from torch import distributed, nn

from pipeline.config.bank import Bank
from pipeline.config.classifiers.i2crc import I2crcClassifier, RelationWeights
from pipeline.config.classifiers.seam import SeamClassifier
from pipeline.config.classifiers.sfc import SfcClassifier
from pipeline.config.losses.mixture import Mixture
from pipeline.config.networks import Optimiser
from pipeline.job import Job
from pipeline.machines.banked import Banked
from pipeline.machines.batch_norm import shared_batch_norm
from pipeline.machines.optimisers import parameter_groups
from pipeline.machines.training import fit
from pipeline.methods.cross_entropy import cross_entropy
from pipeline.stages.classifiers.cam import _loss as cam_loss
print("x")
