"""The loops that the methods of a stage share: what a job does around the method itself."""
