# One network trained on masks.
use rule classifiers as segmenters with:
    wildcard_constraints:
        stage="segmenters",
