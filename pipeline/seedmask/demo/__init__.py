"""The demo's data sets: photographs composed from Debian's packages, and procedural shapes."""
