"""Whether likeness falls steadily with variation strength: mean difference from the original, over prompts and siblings.

python -m bench.likeness [--size 192]
"""

import argparse

import numpy as np

from bench.sheets import PROMPTS
from engines.sketch.painter import paint
from engines.sketch.parser import parse

STRENGTHS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


def differences(names: list[str], size: int, seed: int, style: str = "none") -> dict[float, float]:
    """Mean absolute difference from the original, 0 to 255, for every strength."""
    out = dict.fromkeys(STRENGTHS, 0.0)
    for number, name in enumerate(names):
        scene = parse(PROMPTS[name], seed)
        original = np.asarray(paint(scene, size, size, seed, style).image, np.float32)
        for strength in STRENGTHS:
            other = paint(scene, size, size, seed, style, sibling=seed + 1 + number, drift=strength).image
            out[strength] += float(np.abs(np.asarray(other, np.float32) - original).mean()) / len(names)
    return out


def main() -> None:
    """Print the fall, and whether it is steady."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, default=192)
    asked.add_argument("--seed", type=int, default=7)
    args = asked.parse_args()
    found = differences(list(PROMPTS), args.size, args.seed)
    for strength, difference in found.items():
        print(f"strength {strength:4.2f}   difference {difference:6.2f}")
    values = list(found.values())
    print("steady" if all(a < b for a, b in zip(values, values[1:])) else "NOT STEADY")


if __name__ == "__main__":
    main()
