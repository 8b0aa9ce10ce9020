"""What a measurement says: figures, their statistics, and how they are printed."""

import json
import statistics
from dataclasses import dataclass


@dataclass
class Figure:
    """One line of the result. `ratio` is ours divided by theirs; `spread` is the least and the
    greatest ratio (of ours where there is no peer) over the rounds. `met` is None where nothing
    is demanded, or where nothing could be measured."""

    name: str
    ours: float | None = None
    theirs: float | None = None
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    unit: str = ''
    target: str = ''
    met: bool | None = None
    note: str = ''

    def as_json(self) -> str:
        fields = {name: _rounded(value) for name, value in vars(self).items()}
        return json.dumps(fields)


def _rounded(value):
    if isinstance(value, float):
        return float(f'{value:.6g}')
    if isinstance(value, tuple):
        return [_rounded(v) for v in value]
    return value


def limit(name: str, ours: float, at_most: float, unit: str, **rest) -> Figure:
    """A figure of ours that must not exceed a bound."""
    target = f'<= {at_most:g} {unit}'.rstrip()
    return Figure(name, ours=ours, unit=unit, target=target, met=ours <= at_most, **rest)


def spread_of(values: list[float]) -> tuple[float, float] | None:
    return (min(values), max(values)) if values else None


def compare(name: str, pairs: list[tuple[float, float]], at_most: float | None, unit: str,
            note: str = '') -> Figure:
    """A peer's figure from (ours, theirs) of each round. The ratio is taken within the round, so
    that what the machine does to both falls out; the median of the ratios is judged."""
    if not pairs:
        return Figure(name, unit=unit, note=note or 'not measured')
    ratios = [ours / theirs for ours, theirs in pairs]
    ratio = statistics.median(ratios)
    return Figure(
        name,
        ours=statistics.median(ours for ours, _ in pairs),
        theirs=statistics.median(theirs for _, theirs in pairs),
        ratio=ratio,
        spread=spread_of(ratios),
        unit=unit,
        target='' if at_most is None else f'ratio <= {at_most:g}',
        met=None if at_most is None else ratio <= at_most,
        note=note,
    )


def number(value: float | None) -> str:
    if value is None:
        return '-'
    if value == 0:
        return '0'
    if abs(value) >= 1000:
        return f'{value:,.0f}'
    digits = 2 if abs(value) >= 10 else 3
    return f'{value:.{digits}f}'


HEAD = ('figure', 'ours', 'theirs', 'ratio', 'spread', 'unit', 'target', 'met', 'note')


def cells(figure: Figure) -> tuple[str, ...]:
    spread = '-'
    if figure.spread is not None:
        spread = f'{number(figure.spread[0])} to {number(figure.spread[1])}'
    met = {True: 'yes', False: 'NO', None: '-'}[figure.met]
    return (figure.name, number(figure.ours), number(figure.theirs), number(figure.ratio), spread,
            figure.unit, figure.target or '-', met, figure.note)


def table(figures: list[Figure]) -> str:
    """For a terminal: columns as wide as they need to be, notes last."""
    rows = [HEAD] + [cells(f) for f in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD) - 1)]
    lines = []
    for row in rows:
        padded = [text.ljust(w) if i in (0, 5, 6, 7) else text.rjust(w)
                  for i, (text, w) in enumerate(zip(row, widths))]
        lines.append('  '.join(padded + [row[-1]]).rstrip())
    return '\n'.join(lines)


def markdown(figures: list[Figure]) -> str:
    lines = ['| ' + ' | '.join(HEAD) + ' |', '|' + '---|' * len(HEAD)]
    for figure in figures:
        lines.append('| ' + ' | '.join(c.replace('|', '\\|') for c in cells(figure)) + ' |')
    return '\n'.join(lines)
