import numpy as np
import pytest

from seedmask.methods.cams import check_cams


@pytest.mark.parametrize(
    ("classes", "shape", "message"),
    [([1], (2, 2), "2 maps for 1"), ([1, 2], (2, 3), "image of"), ([1, 1], None, "different"), ([1, 254], None, "253")],
)
def test_maps_without_a_defined_mask_are_refused(classes, shape, message):
    with pytest.raises(ValueError, match=message):
        check_cams(np.zeros((2, 2, 2), np.float32), classes, shape)
