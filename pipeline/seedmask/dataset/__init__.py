"""Pictures, labels, splits and augmentation."""
