"""Figures, the report and exports."""
