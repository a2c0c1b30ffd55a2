"""Images as the files of an annotation tool describe them, joined to the labels of a folder."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from seedmask.dataset.formats.listing import Findings
from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labelling import Drawing, Labelling, require_some
from seedmask.intake.names import Matches
from seedmask.intake.options import Choice, QuestionError, ReadingOptions
from seedmask.intake.regions import Region, Size, drawing_of
from seedmask.intake.scan import FolderScan
from seedmask.intake.words import is_background, is_nothing

SHOWN = 4
"""Words in a message."""


@dataclass(frozen=True)
class AnnotatedImage:
    """One image as a file describes it.

    Args:
        where: file and item, for messages.
        name: name of the image in the file.
        words: words of the whole image, by the field that they answer; None where nobody has annotated it.
        regions: objects in the image.
        size: of the image if the file has it.
        seen: whether somebody has surely looked at it: without words, it shows none of the classes.
    """

    where: str
    name: str
    words: Mapping[str, tuple[str, ...]] | None
    regions: tuple[Region, ...] = ()
    size: Size | None = None
    seen: bool = False

    def tags(self, fields: Iterable[str]) -> tuple[str, ...]:
        """Classes by some fields, sorted."""
        wanted = set(fields)
        words = (word for name, found in (self.words or {}).items() if name in wanted for word in found)
        regions = (region.name for region in self.regions if region.field in wanted)
        tags = {word for word in words if not is_nothing(word)} | set(regions)
        return tuple(sorted(tag for tag in tags if not is_background(tag)))

    def says(self, fields: Iterable[str]) -> bool:
        """Whether some of the fields have an answer, and be it `none`."""
        wanted = set(fields)
        return any(wanted & {region.field} for region in self.regions) or any(
            found for name, found in (self.words or {}).items() if name in wanted
        )


@dataclass(frozen=True)
class Source:
    """Files of a tool.

    Args:
        scan: the folder.
        files: names of the files, below the folder.
        order: classes in the order of the tool; those that no image shows are left out.
        notes: peculiarities.
        splits: split of each name in the files that has one.
        split_rule: what gave the splits, for people.
    """

    scan: FolderScan
    files: tuple[str, ...]
    order: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    splits: Mapping[str, str] = field(default_factory=dict)
    split_rule: str = ""

    def __str__(self) -> str:
        first, *others = self.files
        return f"{self.scan.folder / first}" + f" and {len(others)} more" * bool(others)


def labelling_of(source: Source, items: Sequence[AnnotatedImage], fields: Sequence[str]) -> Labelling:
    """Labels from the images that the files describe.

    Args:
        source: the files.
        items: images in the order of the files; several of one image must agree.
        fields: fields whose words are classes.

    Raises:
        InputError: items of one image contradict each other.
        SeedmaskError: no name means an image.
    """
    matches = source.scan.names.match(item.name for item in items)
    require_some(source, matches, source.scan)
    notes = [*source.notes, *matches.notes(source, source.scan.names)]
    groups: dict[str, list[AnnotatedImage]] = {}
    for item in items:
        if item.name in matches.found and item.words is not None:
            groups.setdefault(matches.found[item.name], []).append(item)
    _refuse_contradictions(source, groups, fields)
    kept = {image: group[0] for image, group in groups.items() if group[0].seen or group[0].says(fields)}
    tags = {image: item.tags(fields) for image, item in kept.items()}
    drawings, drawing_notes = _drawings(source, groups, kept, fields)
    notes += [*_notes_on_tags(source, groups, kept, fields), *drawing_notes]
    used = {tag for found in tags.values() for tag in found}
    order = tuple(dict.fromkeys(name for name in source.order if not is_background(name)))
    if unused := [name for name in order if name not in used]:
        notes.append(f"{source}: {len(unused)} of its classes are in no picture and left out ({_listed(unused)})")
    return Labelling(
        source=str(source),
        tags=tags,
        files=source.files,
        splits={matches.found[name]: split for name, split in source.splits.items() if name in matches.found},
        split_rule=source.split_rule,
        classes=tuple(name for name in order if name in used),
        drawings=drawings,
        notes=tuple(notes),
        unmatched=matches.unmatched,
        names=len(matches.found) + matches.unmatched,
        unmatched_example=_unmatched_example(source.scan, matches),
    )


def fields_of(items: Iterable[AnnotatedImage]) -> dict[str, Counter[str]]:
    """Words of each field that has some, with how many images or objects have each."""
    fields: dict[str, Counter[str]] = {}
    for item in items:
        for name, words in (item.words or {}).items():
            fields.setdefault(name, Counter()).update(words)
        for region in item.regions:
            fields.setdefault(region.field, Counter())[region.name] += 1
    return {name: words for name, words in fields.items() if words}


def choose_fields(
    source: Source, fields: Mapping[str, Counter[str]], options: ReadingOptions, together: Collection[str] = ()
) -> tuple[str, ...]:
    """Fields whose words are classes: those of the option, or all where one has the words of every other.

    Args:
        source: the files.
        fields: words of each field.
        options: `label_column` names fields.
        together: fields that answer one question in several ways, such as the tools that objects are drawn with.

    Raises:
        SeedmaskError: the option names an unknown field.
        QuestionError: several fields have words of their own.
    """
    if options.label_column:
        if unknown := [name for name in options.label_column if name not in fields]:
            raise SeedmaskError(
                f"--label-column {unknown[0]}: {source} has no such field; it has {', '.join(fields) or 'none'}"
            )
        return options.label_column
    words = {name: {word for word in found if not is_nothing(word)} for name, found in fields.items()}
    groups = [{word for name in together for word in words.get(name, ())}]
    groups += [found for name, found in words.items() if name not in together]
    if set().union(*groups) == max(groups, key=len):
        return tuple(fields)
    raise QuestionError(
        f"{source} has {len(fields)} fields with words",
        "label_column",
        [Choice(name, _listed([word for word, _ in found.most_common()])) for name, found in fields.items()],
    )


def _refuse_contradictions(source: Source, groups: Mapping[str, list[AnnotatedImage]], fields: Sequence[str]) -> None:
    findings = Findings()
    for image, (first, *others) in groups.items():
        tags = first.tags(fields)
        for other in others:
            if other.tags(fields) != tags:
                said = f"{_listed(other.tags(fields))}, but {first.where} says {_listed(tags)}"
                findings.problem(other.where, f"says of {image}: {said}", "keep the right one in the file")
    if findings.problems:
        raise InputError(f"annotations in {source}", findings.problems)


def _drawings(
    source: Source,
    groups: Mapping[str, list[AnnotatedImage]],
    kept: Mapping[str, AnnotatedImage],
    fields: Sequence[str],
) -> tuple[dict[str, Drawing], list[str]]:
    """Masks of the images whose objects are all areas; boxes are areas where there are outlines too."""
    regions = {image: [r for r in item.regions if r.field in fields] for image, item in kept.items()}
    every = [region for found in regions.values() for region in found]
    outlines = sum(region.paint is not None and not region.is_box for region in every)
    if not outlines:
        note = f"{source}: its {len(every)} points, lines and boxes give tags, and no masks"
        return {}, [note] if every else []
    repeated = [image for image in kept if any(item.regions != kept[image].regions for item in groups[image])]
    partial = [image for image, found in regions.items() if any(region.paint is None for region in found)]
    left_out = {*repeated, *partial}
    drawings = {
        image: drawing_of(found, kept[image].size or source.scan.images[image])
        for image, found in regions.items()
        if image not in left_out and (found or not kept[image].tags(fields))
    }
    notes = []
    if boxes := sum(region.is_box for region in every):
        notes.append(f"{source}: {boxes} rectangles are drawn as areas, as {outlines} outlines are")
    if partial:
        notes.append(
            f"{source}: {len(partial)} pictures get no mask, as the pixels of some objects are not known: points, "
            f"lines, boxes, objects of two classes ({partial[0]})"
        )
    if repeated:
        notes.append(
            f"{source}: {len(repeated)} pictures have several annotations with other outlines and get no mask "
            f"({repeated[0]})"
        )
    return drawings, notes


def _notes_on_tags(
    source: Source,
    groups: Mapping[str, list[AnnotatedImage]],
    kept: Mapping[str, AnnotatedImage],
    fields: Sequence[str],
) -> list[str]:
    """Notes on images that are taken for none of the classes, or left without labels."""
    notes = []
    if empty := [image for image, item in kept.items() if not item.says(fields)]:
        notes.append(
            f"{source}: {len(empty)} pictures are annotated with no class ({empty[0]}): none of the classes is in them"
        )
    if unseen := [image for image in groups if image not in kept]:
        notes.append(
            f"{source}: {len(unseen)} pictures have no class, which may mean that nobody has looked ({unseen[0]}): "
            'they are predicted, not learned from; a tag "none" says that a picture shows none of the classes'
        )
    words = [word for item in kept.values() for name in fields for word in (item.words or {}).get(name, ())]
    if nothing := Counter(word for word in words if is_nothing(word)):
        notes.append(f'{source}: {nothing.total()} pictures say "{next(iter(nothing))}": none of the classes')
    names = {*words, *(r.name for item in kept.values() for r in item.regions if r.field in fields)}
    if background := sorted(name for name in names if is_background(name)):
        notes.append(f'{source}: "{background[0]}" is no class')
    return notes


def _unmatched_example(scan: FolderScan, matches: Matches) -> str:
    name = next(iter((*matches.missing, *matches.ambiguous)), None)
    return "" if name is None else scan.names.nearest(name)


def _listed(words: Sequence[str]) -> str:
    """Some words in a message."""
    more = ", ..." if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more if words else "none of the classes"
