"""Style of the report. A module, not a data file, so that a change of it counts as a change of the stage's code."""

STYLE = """
:root { --ink: #1f2328; --pale: #667; --line: #d8dee4; --warn: #9a3412; --warnpaper: #fff1e6; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 1240px; margin: 2rem auto;
  padding: 0 1rem }
h1 { font-size: 1.7rem; margin-bottom: .2rem } h2 { margin-top: 2.4rem; border-bottom: 1px solid var(--line) }
h3 { margin: 1.4rem 0 .4rem } .pale { color: var(--pale) }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink) }
svg text.pale { fill: var(--pale) } svg text.stage { font-weight: 600 } svg { max-width: 100%; height: auto }
svg rect { fill: #f3f6fa; stroke: #9fb3c8 } svg path { fill: none; stroke: #8496a9; stroke-width: 1.5 }
svg .grid { stroke: #e6ebf0; stroke-width: 1 } svg polyline { fill: none; stroke: #334; stroke-width: 2 }
table { border-collapse: collapse } .wide { overflow-x: auto }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { font-weight: 600; vertical-align: bottom } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.tight { white-space: nowrap } .small { font-size: 12.5px }
tr.labels > td, tr.warned > td { background: var(--warnpaper) }
.mark { color: var(--warn); font-weight: 600; font-size: 12.5px }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: .6rem 0; padding: 0; list-style: none }
.legend i { display: inline-block; width: 14px; height: 14px; border: 1px solid #999; margin-right: .35rem;
  vertical-align: -2px }
.sheet { table-layout: fixed; width: 100% } .sheet td, .sheet th { padding: .3rem }
.sheet img { display: block; max-width: 100%; max-height: 260px; background: #eee }
.sheet .why { color: var(--pale); font-size: 12.5px; font-style: italic }
.sheet .id { border: 0; padding-top: .8rem; font-size: 12.5px }
.dot { display: inline-block; width: 10px; height: 10px; border-radius: 5px; margin-right: .4rem }
.curves { display: flex; flex-wrap: wrap; gap: 1rem 3rem }
.curves p { max-width: 20rem; margin: 0.3rem 0 }
svg rect.kept { stroke-dasharray: 5 4; fill: #fff } svg circle { fill: #334 }
.bar { display: inline-block; width: 5rem; height: .7em; margin-right: .5rem; background: #eef1f5 }
.bar i { display: block; height: 100%; background: #1b6ca8 }
.matrix td { min-width: 2.2rem; text-align: right; font-variant-numeric: tabular-nums }
.matrix th { font-weight: 400 } details { margin: .6rem 0 } summary { cursor: pointer }
.advice { padding-left: 1.2rem } .advice li { margin: .6rem 0 }
"""
