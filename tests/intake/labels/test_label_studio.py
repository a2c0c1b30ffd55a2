import json

import numpy as np
import pytest

from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labels.label_studio import read_labels
from seedmask.intake.options import QuestionError, ReadingOptions
from seedmask.methods.label_studio_rle import encode_brush

OPTIONS = ReadingOptions()
SIZE = {"original_width": 8, "original_height": 6, "image_rotation": 0}


def task(number, address, *results, **more):
    """A task of the full form, with one annotation."""
    annotation = {
        "id": 100 + number,
        "completed_by": 1,
        "result": list(results),
        "was_cancelled": False,
        "lead_time": 4.2,
    }
    return {
        "id": number,
        "annotations": [annotation],
        "file_upload": "x",
        "drafts": [],
        "predictions": [],
        "data": {"image": address},
        "meta": {},
        "project": 3,
    } | more


def choice(*words, control="animal"):
    value = {"choices": list(words)}
    return {"value": value, "id": "x1", "from_name": control, "to_name": "image", "type": "choices", "origin": "manual"}


def region(kind, *names, control="label", **value):
    value |= {kind: list(names)}
    return {
        **SIZE,
        "value": value,
        "id": "r1",
        "from_name": control,
        "to_name": "image",
        "type": kind,
        "origin": "manual",
    }


def box(*names, **more):
    return region("rectanglelabels", *names, x=10, y=10, width=50.5, height=20, rotation=0, **more)


def left_half(*names, **more):
    return region("polygonlabels", *names, points=[[0, 0], [50, 0], [50, 100], [0, 100]], closed=True, **more)


def read(folder, *tasks, pictures=("a.jpg", "b.jpg", "c.jpg"), options=OPTIONS):
    return read_labels(folder(*pictures, texts={"project-3.json": json.dumps(tasks)}), options)


def test_choices_are_tags_and_a_task_that_nobody_answered_has_none(folder, tmp_path):
    tasks = [
        task(1, "/data/upload/3/0a1b2c3d-a.jpg", choice("cow")),
        task(2, "/data/upload/3/4e5f6a7b-b.jpg", choice("cow", "sheep")),
        task(3, "/data/upload/3/8c9d0e1f-c.jpg", annotations=[], predictions=[{"result": [choice("goat")]}]),
    ]
    found = read(folder, *tasks)
    assert found.tags == {"a.jpg": ("cow",), "b.jpg": ("cow", "sheep")}
    assert (found.files, found.source) == (("project-3.json",), str(tmp_path / "project-3.json"))
    assert (found.names, found.unmatched, found.closed, found.drawings) == (3, 0, False, {})
    assert any("1 tasks have predictions, which are not used" in note for note in found.notes)


@pytest.mark.parametrize(
    "address",
    [
        "/data/local-files/?d=farm%20one/a.jpg",
        "s3://bucket/farm%20one/a.jpg",
        "https://farm.example/farm%20one/a.jpg?X-Amz-Signature=ab12",
        "/data/upload/12/0a1b2c3d-a.jpg",
    ],
)
def test_addresses_of_every_storage_name_the_picture(folder, address):
    found = read(folder, task(1, address, choice("cow")), pictures=("farm one/a.jpg", "b.jpg"))
    assert found.tags == {"farm one/a.jpg": ("cow",)}


def test_the_picture_may_be_any_field_of_the_data(folder):
    tasks = [task(1, "", choice("cow"), data={"id": "7", "text": "a note", "photo": "x/a.jpg"})]
    assert read(folder, *tasks).tags == {"a.jpg": ("cow",)}


def test_two_fields_that_name_pictures_are_asked_about(folder):
    tasks = [task(1, "", choice("cow"), data={"left": "a.jpg", "right": "b.jpg"})]
    with pytest.raises(QuestionError, match=r"2 fields of its data name pictures.*\n.*--image-column left: a.jpg"):
        read(folder, *tasks)
    assert read(folder, *tasks, options=ReadingOptions(image_column="right")).tags == {"b.jpg": ("cow",)}


def test_words_for_nothing_and_for_background_are_no_classes(folder):
    tasks = [task(1, "a.jpg", choice("none")), task(2, "b.jpg", box("cow"), box("background"))]
    tasks.append(task(3, "c.jpg"))
    found = read(folder, *tasks, options=ReadingOptions(label_column=("animal", "label")))
    assert found.tags == {"a.jpg": (), "b.jpg": ("cow",), "c.jpg": ()}
    assert any('say "none": none of the classes' in note for note in found.notes)
    assert any("1 pictures are annotated with no class (c.jpg)" in note for note in found.notes)


def test_boxes_and_keypoints_give_tags_and_no_masks(folder):
    point = region("keypointlabels", "sheep", x=3.1, y=8.2, width=2)
    found = read(folder, task(1, "a.jpg", box("cow")), task(2, "b.jpg", point))
    assert found.tags == {"a.jpg": ("cow",), "b.jpg": ("sheep",)}
    assert found.drawings == {}
    assert any("2 points, lines and boxes give tags, and no masks" in note for note in found.notes)


def test_polygons_and_brush_strokes_are_drawn_later_ones_above(folder):
    stroke = np.zeros((6, 8), bool)
    stroke[4:, 2:7] = True
    brush = region("brushlabels", "sheep", format="rle", rle=encode_brush(stroke), control="brush")
    tasks = [task(1, "a.jpg", left_half("cow"), brush), task(2, "b.jpg", left_half("cow"), box("cow", control="box"))]
    found = read(folder, *tasks)
    expected = np.zeros((6, 8), np.uint8)
    expected[:, :4] = 2
    expected[stroke] = 1
    assert found.tags == {"a.jpg": ("cow", "sheep"), "b.jpg": ("cow",)}
    assert list(found.drawings) == ["a.jpg"]
    np.testing.assert_array_equal(found.drawings["a.jpg"]({"sheep": 1, "cow": 2}), expected)
    assert any("1 pictures get no mask" in note for note in found.notes)


def test_an_ellipse_is_drawn_about_its_centre(folder):
    ellipse = region("ellipselabels", "cow", x=50, y=50, radiusX=25, radiusY=50, rotation=0)
    mask = read(folder, task(1, "a.jpg", ellipse)).drawings["a.jpg"]({"cow": 1})
    assert (mask[3, 4], mask[0, 0], mask[3, 1], mask[1, 4]) == (1, 0, 0, 1)


def test_a_choice_for_a_region_is_its_class(folder):
    drawn = {**left_half(), "type": "polygon", "id": "r7"}
    found = read(folder, task(1, "a.jpg", drawn, {**choice("cow"), "id": "r7"}))
    assert found.tags == {"a.jpg": ("cow",)}
    assert found.drawings["a.jpg"]({"cow": 3}).max() == 3


def test_two_controls_with_words_of_their_own_are_asked_about(folder):
    tasks = [task(1, "a.jpg", choice("cow"), choice("sunny", "dry", control="weather"))]
    with pytest.raises(
        QuestionError, match=r"2 fields.*\n.*--label-column animal: cow\n.*--label-column weather: sunny"
    ):
        read(folder, *tasks)
    assert read(folder, *tasks, options=ReadingOptions(label_column=("animal",))).tags == {"a.jpg": ("cow",)}
    with pytest.raises(SeedmaskError, match=r"--label-column animals: .* has no such field; it has animal, weather"):
        read(folder, *tasks, options=ReadingOptions(label_column=("animals",)))


def test_annotations_of_one_task_must_agree_and_skipped_ones_are_none(folder):
    def annotated(*answers, **more):
        return [{"id": n, "result": [choice(*words)], "was_cancelled": False} | more for n, words in enumerate(answers)]

    skipped = [{"id": 9, "result": [choice("goat")], "was_cancelled": True}]
    equal = task(1, "a.jpg", annotations=annotated(["cow", "sheep"], ["sheep", "cow"]) + skipped)
    found = read(folder, equal, task(2, "b.jpg", annotations=skipped))
    assert found.tags == {"a.jpg": ("cow", "sheep")}
    assert any("2 annotations were skipped" in note for note in found.notes)
    different = task(7, "a.jpg", annotations=annotated(["cow"], ["sheep"]))
    with pytest.raises(
        InputError, match=r"task 7 annotation 1: says of a.jpg: sheep, but .* task 7 annotation 0 says cow"
    ):
        read(folder, different)
    truth = task(7, "a.jpg", annotations=annotated(["cow"]) + annotated(["sheep"], ground_truth=True))
    assert read(folder, truth).tags == {"a.jpg": ("sheep",)}


def test_the_flat_form_holds_a_word_a_list_or_regions(folder):
    common = {
        "annotator": 1,
        "annotation_id": 5,
        "created_at": "2024-01-02",
        "updated_at": "2024-01-02",
        "lead_time": 3.5,
    }
    polygon = left_half("cow")
    tasks = [
        {"image": "/data/upload/1/0a1b2c3d-a.jpg", "id": 1, "choice": "cow", "farm": "north", **common},
        {"image": "/data/upload/1/0a1b2c3d-b.jpg", "id": 2, "choice": {"choices": ["cow", "sheep"]}, **common},
        {"image": "/data/upload/1/0a1b2c3d-c.jpg", "id": 3, "label": [{**SIZE, **polygon["value"]}], **common},
    ]
    found = read(folder, *tasks)
    assert found.tags == {"a.jpg": ("cow",), "b.jpg": ("cow", "sheep"), "c.jpg": ("cow",)}
    assert found.drawings["c.jpg"]({"cow": 1, "sheep": 2}).sum() == 24


def test_texts_of_the_flat_form_with_unlikely_names_are_asked_about(folder):
    tasks = [{"image": "a.jpg", "id": 1, "species": "cow", "farm": "north", "annotation_id": 5}]
    with pytest.raises(QuestionError, match=r"--label-column species: cow\n.*--label-column farm: north"):
        read(folder, *tasks)


def test_other_json_is_none_of_these(folder):
    text = [{"id": 1, "data": {"text": "a cow"}, "annotations": [{"result": [choice("cow")]}]}]
    for value in (text, [], {}, [1], {"images": [], "annotations": [], "categories": []}, [{"image": "a.jpg"}]):
        assert read_labels(folder("a.jpg", texts={"a.json": json.dumps(value)}), OPTIONS) is None
    assert read_labels(folder("a.jpg", texts={"a.json": '{"id": 1}\n{"id": 2}'}), OPTIONS) is None


def test_a_picture_that_is_not_there_is_counted_and_named(folder):
    found = read(folder, task(1, "a.jpg", choice("cow")), task(2, "bb.jpg", choice("cow")))
    assert (found.unmatched, found.names, found.unmatched_example) == (1, 2, '"bb.jpg", nearest: b.jpg')
    with pytest.raises(SeedmaskError, match="None of its 1 names means one picture"):
        read(folder, task(1, "gone.jpg", choice("cow")))


def test_everything_that_the_tool_would_not_write_is_named_at_once(folder):
    tasks = [
        task(1, "a.jpg", choice()),
        task(2, "a.jpg", box("cow") | {"value": {"x": "10", "rectanglelabels": ["cow"]}}),
        task(3, "a.jpg", region("polygonlabels", "cow", points=[[0, 0], [float("nan"), 5], [5, 5]])),
        task(4, "a.jpg", region("polygonlabels", "cow", points=[[0, 0], [5, 5]])),
        task(5, "a.jpg", region("polygonlabels", "cow", points=[[0, 0]]) | {"original_width": "8"}),
        task(6, "a.jpg", region("brushlabels", "cow", format="rle", rle=[0, 0, 0, 9, 999])),
        task(7, "a.jpg", region("brushlabels", "cow", format="rle", rle=[0, 0, 0, 9])),
        task(8, "a.jpg", annotations=[{"result": "cow"}]),
        task(13, "a.jpg", choice("cow") | {"id": []}, {"type": "polygon", "id": "x"}, choice("cow") | {"id": "x"}),
        task(14, "a.jpg", region("brushlabels", "cow", format="rle", rle=1 << 70), {"type": ["choices"]}),
        task(9, "a.jpg", annotations="cow"),
        task(10, None, choice("cow")),
        {"id": 11, "data": "a.jpg", "annotations": []},
        task(12, "a.jpg", choice(3)),
    ]
    with pytest.raises(InputError) as caught:
        read(folder, *tasks)
    assert [f"{p.where.split('project-3.json ')[1]}: {p.found}" for p in sorted(caught.value.problems)] == sorted(
        [
            "task 1 result 0: `choices` is empty, expected a list of names",
            "task 2 result 0: `x` is '10', expected a number",
            "task 3 result 0: x of a point is nan, expected a number",
            "task 4 result 0: holds a polygon with 2 corners, expected at least 3",
            "task 5 result 0: the width of the image is '8', expected a number",
            "task 6 result 0: `rle` is no list of numbers from 0 to 255",
            "task 7 result 0: `rle` has 9 values, expected 192, 4 for each of 8 x 6 pixels",
            "task 13 result 2: `value` is no object",
            "task 14 result 0: `rle` is no list of numbers from 0 to 255",
            "task 8: `result` is no list of objects",
            "task 9: `annotations` is no list of objects",
            "task 10: `image` of its data is None, expected the name of a picture",
            "task number 12: has no `data`, an object",
            "task 12 result 0: an entry of `choices` is 3, expected a name",
        ]
    )


def test_a_brush_stroke_that_ends_too_early_is_named_when_it_is_drawn(folder):
    code = encode_brush(np.eye(6, 8, dtype=bool))[:-3]
    found = read(folder, task(4, "a.jpg", region("brushlabels", "cow", format="rle", rle=code)))
    with pytest.raises(InputError, match=r"project-3.json task 4 result 0: a brush region ends after \d+ bytes"):
        found.drawings["a.jpg"]({"cow": 1})


def test_the_full_and_the_flat_form_of_one_project_are_one_annotation(folder):
    polygon = left_half("cow")
    flat = [{"image": "a.jpg", "id": 1, "label": [{**SIZE, **polygon["value"]}], "annotation_id": 5, "lead_time": 1.5}]
    texts = {"full.json": json.dumps([task(1, "a.jpg", polygon)]), "flat.json": json.dumps(flat)}
    found = read_labels(folder("a.jpg", texts=texts), OPTIONS)
    assert (found.tags, found.files, list(found.drawings)) == (
        {"a.jpg": ("cow",)},
        ("flat.json", "full.json"),
        ["a.jpg"],
    )
    flat[0]["label"][0]["points"] = [[0, 0], [10, 0], [0, 10]]
    found = read_labels(folder("a.jpg", texts=texts | {"flat.json": json.dumps(flat)}), OPTIONS)
    assert found.drawings == {}
    assert any(
        "1 pictures have several annotations with other outlines and get no mask (a.jpg)" in n for n in found.notes
    )
