"""The box that pictures are resized to fit in, in training and in prediction."""


def check_box(short_side: int | None, longest: int | None) -> None:
    """Refuse a bound of the longer side that bounds nothing.

    Args:
        short_side: length that the shorter side gets, if any.
        longest: length that the longer side must not exceed then.

    Raises:
        ValueError: there is no `short_side`, or it is longer than `longest`.
    """
    if longest and not short_side:
        raise ValueError(f"longest {longest}: it bounds what short_side leads to; give short_side too")
    if longest and short_side and longest < short_side:
        raise ValueError(f"longest {longest}: less than short_side {short_side}; exchange the two")
