"""What a job of the classifiers stage runs, a method a module; the loop they share is in `stages/loops`."""
