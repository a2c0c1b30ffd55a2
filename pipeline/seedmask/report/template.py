"""Markup of the report. It is a module, not a data file, so that the fingerprint of the code covers it."""

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


TEMPLATE = (
    """{% macro with_bar(value) %}
<span class="bar" aria-hidden="true"><i style="width: {{ (100 * (value or 0)) | round(1) }}%"></i></span>
{{- value | number }}
{%- endmacro %}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Seedmask: {{ name }}</title>
<style>"""
    + STYLE
    + """</style>
</head>
<body>
<h1>Seedmask: {{ name }}</h1>
<p class="pale">From image tags to pixel masks. Each step below starts from the results of the step before it.
Truth masks are used for scores; the page marks every other use.</p>
{% for warning in warnings %}
<p class="mark">{{ warning }}</p>
{% endfor %}

<h2>Data set</h2>
<div class="wide" tabindex="0"><table>
<tr><th>split</th><th class="n">images</th><th class="n">with tags</th><th class="n">with truth mask</th></tr>
{% for split in splits %}
<tr><td>{{ split.name }}</td><td class="n">{{ split.images }}</td><td class="n">{{ split.tagged }}</td>
<td class="n">{{ split.truth }}</td></tr>
{% endfor %}
</table></div>
<h3>Images of each class</h3>
<div class="wide" tabindex="0"><table>
<tr><th>split</th>{% for class in classes %}<th class="n">{{ class }}</th>{% endfor %}</tr>
{% for split in splits %}
<tr><td>{{ split.name }}</td>{% for count in split.counts %}<td class="n">{{ count }}</td>{% endfor %}</tr>
{% endfor %}
</table></div>

<h2>Variants</h2>
<div class="wide" tabindex="0">{{ graph }}</div>
{% if kept %}<p class="small pale">Dashed: existed before the last run.</p>{% endif %}
<details><summary>Settings of each variant</summary>
<div class="wide" tabindex="0"><table class="small">
<tr><th>variant</th><th>from</th><th>settings</th></tr>
{% for reference, facts in variants.items() %}
<tr><td><b>{{ reference }}</b>{% if facts.replicates > 1 %} × {{ facts.replicates }}{% endif %}</td>
<td>{{ facts.from | join(", ") or ("truth" if facts.reads_truth else "pictures" if facts.provenance else "tags") }}</td>
<td>
{% for key, value in facts.settings | flatten %}<span class="pale">{{ key }}</span>&nbsp;{{ value }}
{{- ";" if not loop.last }}
{% endfor %}
{% if facts.provenance %}<br>made elsewhere: {{ facts.provenance }}{% endif %}</td></tr>
{% endfor %}
</table></div>
</details>

<h2>Scores</h2>
{% if not scored %}
<p><b>no truth masks: nothing to score</b></p>
{% else %}
<p class="pale small">All numbers are shares from 0 to 1. mIoU: mean over the classes
{{- ", background included," if background else "" }} of intersection over union. Boundary mIoU: the same near outlines
only. FP and FN share: pixels too many and pixels missed, as shares of the union, mean over the
{{ "foreground classes" if background else "classes" }}. Threshold <i>label_free</i> comes from the seeds
alone, <i>fixed</i> from the configuration, <i>oracle</i> is the best one against truth masks: a bound, not a
result. Above each table: how it is counted (which classes without pixels the mean leaves out, how a predicted 255
counts, the width of the boundary as a share of the picture's diagonal), the list of pictures, and what each variant was
made with.
{%- if replicated %} Of n replicates: mean ± standard deviation (of the sample).{% endif %}</p>
{% for split, rows in tables %}
<h3>{{ split }}</h3>
{% if not rows %}
<p>no truth masks or no results for this split: nothing to score</p>
{% else %}
<p class="pale small">{% for line in rows | terms %}{{ line }}{{ "" if loop.last else "<br>" | safe }}{% endfor %}</p>
<div class="wide" tabindex="0"><table>
<tr><th>variant</th><th>threshold</th>
{% for number in numbers %}<th class="n">{{ headings[number] }}</th>{% endfor %}
<th class="n">images</th>{% if replicated %}<th class="n">n</th>{% endif %}
<th class="n">classes averaged</th><th>protocol</th></tr>
{% for score in rows %}
<tr{% if score.pixel_labels %} class="labels"{% endif %}><td>{{ score.variant }}
{% if score.pixel_labels %}<br><span class="mark">uses pixel labels: {{ score.pixel_labels }}</span>{% endif %}
{% if score.made_elsewhere %}<br><span class="pale small">made elsewhere: {{ score.made_elsewhere }}</span>{% endif %}
</td>
<td class="tight">{{ score.threshold_mode }}
{% if score.threshold is not none %}{{ score.threshold | number }}{% endif %}</td>
{% for number in numbers %}<td class="n">{% if loop.first %}<b>{{ score.numbers[number] | number }}</b>{% else %}
{{ score.numbers[number] | number }}{% endif %}
{% if score.runs > 1 %}<br><span class="pale">± {{ score.deviations[number] | number }}</span>{% endif %}</td>
{% endfor %}
<td class="n">{{ score.images }}</td>{% if replicated %}<td class="n">{{ score.runs }}</td>{% endif %}
<td class="n">{{ score.classes_averaged }}</td>
<td class="small pale tight">{{ score.terms.protocol or "none named" }}
{%- if score.terms.departures %}<br><span class="mark">departs</span>{% endif %}</td></tr>
{% endfor %}
</table></div>
<h3>{{ split }}: IoU of each class</h3>
<div class="wide" tabindex="0"><table>
<tr><th>class</th>{% for score in rows %}<th>{{ score.variant }}
{% if score.threshold_mode != "none" %}<br><span class="pale">{{ score.threshold_mode }}</span>
{% endif %}</th>{% endfor %}</tr>
{% for class in rows[0].classes %}
<tr><td>{{ class }}</td>
{% for score in rows %}<td class="tight">{{ with_bar(score.classes[class]) }}</td>{% endfor %}</tr>
{% endfor %}
{% for third, share in thirds.items() %}
<tr><td class="pale tight">mean, {{ share }}</td>
{% for score in rows %}<td class="tight">{{ with_bar(score.groups[third]) }}</td>{% endfor %}</tr>
{% endfor %}
</table></div>
{% for score in rows if score.variant in confused %}
<details><summary>{{ split }}: what {{ score.variant }}
{%- if score.threshold_mode not in ("none", "fixed") %} ({{ score.threshold_mode }}){% endif %} takes for what</summary>
{% with confusion = score | confusion %}
<p class="small">Largest mistakes, as shares of the true pixels:
{% for truth, label, share in confusion.largest %}{{ truth }} as {{ label }} {{ share | number }}
{{- ", " if not loop.last }}{% else %}none{% endfor %}.</p>
{% if confusion.shares %}
<div class="wide" tabindex="0"><table class="matrix small">
<tr><th>truth, below; label, right</th>{% for label in confusion.labels %}<th>{{ label }}</th>{% endfor %}</tr>
{% for shares in confusion.shares %}
<tr><th>{{ confusion.labels[loop.index0] }}</th>{% for share in shares %}
<td{% if share %} style="background: rgba(27, 108, 168, {{ (share * 0.5) | round(2) }})"{% endif %}>
{{- "–" if share is none else "%.2f" | format(share) if share >= 0.005 else "" }}</td>{% endfor %}</tr>
{% endfor %}
</table></div>
{% endif %}
{% endwith %}
</details>
{% endfor %}
{% endif %}
{% endfor %}
{% if curves %}
<h3>Seeds: mIoU at every background threshold</h3>
<div class="curves">
{% for variant, split, chosen, drawing in curves %}
<div><b>{{ variant }}</b>, {{ split }}<br>{{ drawing }}<br><span class="small">
{% for score in chosen %}
<i class="dot" style="background: {{ '#c2410c' if score.threshold_mode == 'oracle' else '#1b6ca8' }}"></i>
{{ score.threshold_mode }} {{ score.threshold | number }}: {{ score.numbers.miou | number }}
{%- if score.threshold_mode == "oracle" %} (uses pixel labels){% endif %}&ensp;
{% endfor %}
</span></div>
{% endfor %}
</div>
{% endif %}
{% endif %}

{% if trust %}
<h2>What can be trusted, without truth</h2>
{% with steps = trust[0].lineage %}
<p class="pale small">Trust, from 0 to 1, is the geometric mean of the known measures of a class; a class below
{{ least_trust }} is not to be trusted. Average precision and chance: how well the network
separates pictures of the class from others
{%- if steps.classifier %} ({{ steps.classifier }}: {{ steps.validation }}){% endif %};
without predictions it counts, scaled from chance to 1. In maps: mean activation of the seeds inside
the masks
{%- if steps.seeds %} ({{ steps.seeds }}){% endif %}. Nearly empty or full: share of the masks of training pictures
{%- if steps.masks or steps.predictions %} ({{ steps.masks or steps.predictions }}){% endif %}. F1: classes found
{%- if steps.predictions %} ({{ steps.predictions }}){% endif %} against the tags. Agreement: IoU of predictions and the
masks that they were learned from. Companion: the class that occurs with it most often, and the share of its
pictures that show it.
{%- if not steps.predictions %} <strong>Of masks alone trust says little</strong>: it is reliable once a segmenter has
learned from them and its predictions agree or do not.{% endif %}</p>
<div class="wide" tabindex="0"><table>
<tr><th>class</th><th>trust</th><th class="n">pictures</th><th class="n">average precision</th><th class="n">chance</th>
<th class="n">in maps</th><th class="n">nearly empty or full</th><th class="n">F1</th><th class="n">agreement</th>
<th>companion</th>
<th>what is odd, and what would help</th></tr>
{% for line in trust %}
<tr{% if line.name in verdicts and not verdicts[line.name].is_trusted %} class="warned"{% endif %}>
<td>{{ line.name }}</td><td class="tight">{{ with_bar(line.trust) }}</td>
<td class="n">{{ "–" if line.images is none else line.images }}</td>
<td class="n">{{ line.precision | number }}</td><td class="n">{{ line.chance | number }}</td>
<td class="n">{{ line.clear | number }}</td>
<td class="n">{{ (none if line.parts.fits is none else 1 - line.parts.fits) | number }}</td>
<td class="n">{{ line.parts.finds | number }}</td><td class="n">{{ line.parts.agrees | number }}</td>
<td class="tight">{{ line.companion or "–" }}
{%- if line.companion %} {{ line.companion_share | number }}{% endif %}</td>
<td class="small">{% if line.name in verdicts %}{{ verdicts[line.name].reasons | join("; ") }}{% endif %}</td></tr>
{% endfor %}
</table></div>
{% endwith %}
{% for one in trusted %}
<p class="small">{{ one.split }}: rank correlation of trust with the IoU of {{ one.variant }}:
{{ "%.2f" | format(one.spearman) }} ({{ one.classes }} classes). It shows how reliable this table is without
truth.</p>
{% endfor %}
{% endif %}

<h2>What to look at next</h2>
{% if not advice %}
<p>Nothing stands out.</p>
{% else %}
<ul class="advice">
{% for one in advice %}
<li><b>{{ one.title }}</b> <span class="pale">{{ one.why }}</span>
<br>{{ one.entries | join(", ") }}{% if one.more %} <span class="pale">and {{ one.more }} more</span>{% endif %}</li>
{% endfor %}
</ul>
{% endif %}

{% if correlations %}
<h2>Ranking without truth</h2>
<p class="pale small">Spearman's rank correlation of measures that need no truth masks with a low IoU of the
pictures: 1 for the same order, 0 for none. A measure with a high correlation also orders pictures well in sets without
truth.</p>
<div class="wide" tabindex="0"><table>
<tr><th>split</th><th>variant</th>{% for measure in measures %}<th class="n">{{ measure | replace("_", " ") }}</th>
{% endfor %}<th class="n">images</th></tr>
{% for split, variant, values, images in correlations %}
<tr><td>{{ split }}</td><td>{{ variant }}</td>
{% for measure in measures %}<td class="n">{{ values[measure] | number }}</td>{% endfor %}
<td class="n">{{ images }}</td></tr>
{% endfor %}
</table></div>
{% endif %}

<h2>Pictures</h2>
<ul class="legend">
{% for label, colour in legend %}
<li><i style="background: {{ colour }}"></i>{{ label }}</li>
{% endfor %}
</ul>
<p class="small">CAM: activation of the strongest class at each pixel,
saliency: how salient the pixel is, 0 <img src="{{ bar }}" alt="from blue to red" style="vertical-align: -2px"> 1.
The text below a picture names its classes.
</p>
{% for sheet in sheets %}
<h3>{{ sheet.title }}{% if sheet.note %} <span class="mark">uses pixel labels: {{ sheet.note }}</span>{% endif %}</h3>
<table class="sheet">
<tr>{% for heading, made_by in sheet.columns %}<th>{{ heading }}<br><span class="pale small">{{ made_by }}</span></th>
{% endfor %}</tr>
{% for line in sheet.lines %}
<tr><td class="id" colspan="{{ sheet.columns | length }}"><b>{{ line.id }}</b>
<span class="pale">{{ line.split }}</span></td></tr>
<tr>{% for cell in line.cells %}<td>
{% if cell.image is none %}<span class="why">{{ cell.text }}</span>
{% else %}<img src="{{ cell.image | uri }}" alt="{{ cell.text }}"><span class="small">{{ cell.text }}</span>{% endif %}
</td>{% endfor %}</tr>
{% endfor %}
</table>
{% endfor %}
{% if learning %}
<h2>Training</h2>
<div class="curves">
{% for network, drawings, warning in learning %}
<div><b>{{ network }}</b><br>{% for drawing in drawings %}{{ drawing }}{% endfor %}
{% if warning %}<p class="small"><b>Too short:</b> {{ warning }}.</p>{% endif %}</div>
{% endfor %}
</div>
{% endif %}

<h2>Time and memory</h2>
{% if not times %}
<p>Snakemake left no benchmark files beside these results.</p>
{% else %}
<div class="wide" tabindex="0"><table class="small">
<tr><th>variant</th><th class="n">jobs</th><th class="n">seconds</th><th class="n">seconds an image</th>
<th class="n">memory in MB, largest job</th><th>made</th></tr>
{% for time in times %}
<tr><td>{{ time.name }}</td><td class="n">{{ time.jobs }}</td><td class="n">{{ "%.1f" | format(time.seconds) }}</td>
<td class="n">{{ time.each | number }}</td><td class="n">{{ "%.0f" | format(time.memory) if time.memory else "–" }}</td>
<td class="tight">{{ time.made | date }}
{% if time.name in kept %}<span class="pale">before the last run</span>{% endif %}</td></tr>
{% endfor %}
</table></div>
<p class="small pale">Each job by its last run; all jobs one after the other:
{{ "%.0f" | format(times | sum(attribute="seconds")) }} s. Jobs of the page itself are not included.</p>
{% endif %}
</body>
</html>
"""
)
