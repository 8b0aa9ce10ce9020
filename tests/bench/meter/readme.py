"""Puts the figures into tests/bench/README.md."""

import datetime
import os
import platform

from meter import figures as figures_
from meter.figures import Figure

FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'README.md')
BEGIN, END = '<!-- figures -->\n', '<!-- end of figures -->'


def machine() -> str:
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30
    kernel = platform.release().split('-')[0]
    return f'{os.cpu_count()} cores, {memory:.0f} GiB of memory, Linux {kernel}'


def replace(text: str, figures: list[Figure], day: datetime.date, where: str) -> str:
    """The README with the lines between the marks made anew. Figures that were not measured this
    time stay as they were: a call may measure a part."""
    head, rest = text.split(BEGIN)
    old, tail = rest.split(END)
    fresh = {f.name: line for f, line in zip(figures, figures_.markdown(figures).splitlines()[2:])}
    groups = {name.split('.')[0] for name in fresh}
    kept = [line for line in old.splitlines()
            if line.startswith('| ') and not line.startswith('| figure ')
            and line.split('|')[1].strip().split('.')[0] not in groups]
    rows = figures_.markdown([]).splitlines() + kept + list(fresh.values())
    return f'{head}{BEGIN}Measured on {day.isoformat()}: {where}.\n\n' + '\n'.join(rows) + \
        f'\n{END}{tail}'


def write(figures: list[Figure]) -> None:
    with open(FILE, encoding='utf-8') as file:
        text = file.read()
    with open(FILE, 'w', encoding='utf-8') as file:
        file.write(replace(text, figures, datetime.date.today(), machine()))
