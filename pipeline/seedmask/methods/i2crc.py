"""I2CRC, "Saliency Guided Inter- and Intra-Class Relation Constraints for Weakly Supervised Semantic Segmentation".

Chen et al., IEEE Transactions on Multimedia 2023: all its parts.
"""

from seedmask.methods.attention_bytes import attention_bytes
from seedmask.methods.object_guided import refine_labels
from seedmask.methods.relation import I2CRCLoss, RelationLosses, i2crc_loss, masked_prototype, relation_losses
from seedmask.methods.saliency_labels import initial_labels

__all__ = [
    "I2CRCLoss",
    "RelationLosses",
    "attention_bytes",
    "i2crc_loss",
    "initial_labels",
    "masked_prototype",
    "refine_labels",
    "relation_losses",
]
