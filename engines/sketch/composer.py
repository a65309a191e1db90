"""The embedded composer: from a brief (genre, mood, tempo, length, lyrics…) to a score, all of it by rules and a seed."""

from engines.sketch import composer_form
from engines.sketch.composer_brief import Brief
from engines.sketch.composer_data import Genre, Mood, Part, families, genres, moods, scales, timbres
from engines.sketch.composer_dice import Genes
from engines.sketch.composer_ear import guide
from engines.sketch.composer_harmony import harmonise
from engines.sketch.composer_parts import Stand, bass, chords, drums, last_chord
from engines.sketch.composer_score import Note, Score, Track
from engines.sketch.composer_tune import Singer, tune

LOWEST, HIGHEST = 24, 103


def compose(brief: Brief, genes: Genes) -> Score:
    """The same brief and genes, the same score. Only the tune reads genes that a variation may change."""
    genre, mood = genres()[brief.genre], moods().get(brief.mood, Mood(words=[]))
    chance = genes.stream(f"frame/{brief.genre}")
    bpm = brief.tempo or chance.uniform(*genre.tempo) * mood.tempo * brief.pace
    light = brief.light or mood.light or genre.light
    scale_name, family = chance.choice(genre.harmony[light])
    root = chance.randrange(12) if brief.root is None else brief.root
    frame = composer_form.frame(genre, brief.duration, min(240.0, max(40.0, bpm)), brief.tempo is not None)
    sections = composer_form.sections(frame.bars, brief.lines, genre, frame.clock, chance)
    scale = scales()[scale_name]
    harmony = harmonise(sections, families()[family], scale, root, genes.stream("harmony"))
    stand = Stand(genre, harmony, sections, frame.end)
    score = Score(
        brief.genre, scale_name, root, brief.duration, frame.clock, genre.beats, frame.end, sections,
        touch=mood.touch, dark=mood.dark, wet=mood.wet,
    )  # fmt: skip
    led = guide(brief.contour, frame.clock, scale, root, genre.tune.centre) if brief.contour else None
    who = Singer(genes, genre, scale, root, genre.tune.centre, mood.busy, harmony, led)
    _play(score, brief, stand, who)
    return score


def _play(score: Score, brief: Brief, stand: Stand, who: Singer) -> None:
    """Everybody's notes up to the end, and the last chord."""
    clock = score.clock
    ring = (score.duration - clock.seconds(score.end)) * clock.bpm / 60 / (1 + clock.rit)
    for role, part, timbre in players(brief, stand.genre, who.genes):
        chance = who.genes.stream(f"player/{role}")
        if role == "drums":
            score.hits = [hit for hit in drums(stand, part, chance) if hit.beat < score.end or hit.beat == score.end]
            continue
        if role == "tune":
            notes = tune(who, stand.sections)
        elif role == "bass":
            notes = bass(stand, part, chance)
        else:
            notes = chords(stand, part, chance)
        notes = [_cut(note, score.end) for note in notes if note.beat < score.end - 0.01]
        notes += last_chord(role, part, stand, notes, ring)
        shift = timbres()[timbre].shift
        notes = [note._replace(pitch=_within(note.pitch + shift)) for note in notes]
        score.tracks.append(Track(role, timbre, part.level, sorted(notes)))


def _cut(note: Note, end: float) -> Note:
    return note._replace(length=min(note.length, end - note.beat))


def _within(pitch: int) -> int:
    while pitch < LOWEST:
        pitch += 12
    while pitch > HIGHEST:
        pitch -= 12
    return pitch


def players(brief: Brief, genre: Genre, genes: Genes) -> list[tuple[str, Part, str]]:
    """Who plays what: the genre's own choice, unless instruments were named; those take the parts that suit them."""
    found = []
    asked: dict[str, list[str]] = {}
    for name in brief.instruments:
        if name != "drums":
            asked.setdefault(timbres()[name].part, []).append(name)
    for role, part in _roles(genre, brief, asked).items():
        chance = genes.stream(f"timbre/{role}")
        own = chance.choice(part.timbres) if part.timbres else ""
        found.append((role, part, asked[role][0] if asked.get(role) else own))
    return found


def _roles(genre: Genre, brief: Brief, asked: dict[str, list[str]]) -> dict[str, Part]:
    """The genre's parts, and those that named instruments bring with them. Two for one part share out: the second takes
    the tune, then the pad."""
    roles = dict(genre.parts())
    for spare in ("tune", "pad"):
        for names in list(asked.values()):
            if len(names) > 1 and spare not in asked:
                asked[spare] = [names.pop(1)]
    held = f"held {genre.bar // 2 if genre.steps == 6 else genre.beats}"
    for role in asked:
        if role not in roles:
            patterns = ["slow waves"] if role == "arp" and genre.bar == 16 else [held]
            if role == "bass":
                patterns = ["two"] if genre.bar == 16 else ["six"] if genre.steps == 6 else ["three"]
            roles[role] = Part(patterns=patterns, level=0.7 if role == "bass" else 0.45)
    if "drums" in brief.instruments and "drums" not in roles:
        roles["drums"] = Part(patterns=["pop" if genre.bar == 16 else "estampie" if genre.steps == 6 else "waltz"], level=0.7)
    if brief.instruments:  # nobody else joins but those who were asked, the chords that carry them, and the bass
        keep = set(asked) | {"tune", "chords", "bass"} | ({"drums"} if "drums" in brief.instruments else set())
        roles = {role: part for role, part in roles.items() if role in keep or (role == "drums" and genre.tempo[0] >= 100)}
    return roles
