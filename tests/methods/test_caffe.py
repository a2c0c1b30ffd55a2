import numpy as np

from seedmask.methods.caffe import wrapped


def test_channels_change_places_and_numbers_below_the_mean_wrap_around():
    picture = np.uint8([[[122, 116, 104], [123, 117, 105], [0, 255, 130]]])
    # (blue, green, red) less (104.008, 116.669, 122.675), cut towards 0, as C does
    np.testing.assert_array_equal(wrapped(picture), np.uint8([[[0, 0, 0], [0, 0, 0], [25, 138, 256 - 122]]]))


def test_what_is_given_is_left_as_it_was():
    picture = np.zeros((2, 2, 3), np.uint8)
    wrapped(picture)
    assert not picture.any()
