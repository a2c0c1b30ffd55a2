"""Options of the classifiers, a method a module; what they share is in `config/networks.py`."""
