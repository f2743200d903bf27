import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jinjaProblems } from '../../../core/verification/jinja.ts';

/** What makes the name of an internal attribute, none of which is one. */
const PARTS = "'_' ~ '_cl' ~ 'ass_' ~ '_'";
const kinds = (template: string): readonly string[] => jinjaProblems(template).map(({ kind }) => kind);

test.each<[string, string]>([
  [
    'a plain loop',
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m.content | trim }}{% endfor %}{{ eos_token }}",
  ],
  [
    'a system message that is taken off',
    `{%- if messages[0]['role'] == 'system' %}{%- set system = messages[0]['content']|trim %}{%- set rest = messages[1:] %}
     {%- set offset = 1 if messages[0]['role'] == 'system' else 0 %}{{ messages[loop.index0 + offset].role }}{%- endif %}`,
  ],
  [
    'a namespace, and items by its numbers',
    `{%- set ns = namespace(tool=true, last=messages|length - 1) %}{%- for m in messages[::-1] %}
     {%- set index = (messages|length - 1) - loop.index0 %}{{ messages[ns.last].role }}{{ messages[index]['content'] }}{%- endfor %}`,
  ],
  [
    'tools as JSON by a macro',
    `{%- macro show(dict, known) %}{%- for key in dict %}{%- if key not in known %}{{ '<' ~ key ~ '>' }}{{ dict[key] | tojson(indent=4) }}
     {%- endif %}{%- endfor %}{%- endmacro %}{% for tool in tools %}{{ show(tool.function, ['name']) }}{% endfor %}`,
  ],
  [
    'attributes by name',
    "{{ messages | selectattr('role', 'equalto', 'system') | map(attribute='content') | list | first }}",
  ],
  ['numbers that are put into a text', "{{ '{} of {:d}'.format(loop.index, messages|length) }}"],
  [
    'a list of messages that is added to',
    "{% set l = [] %}{% for m in messages %}{% set _ = l.append({'role': m.role, 'content': m.content + '.'}) %}{% endfor %}{{ l[0].role }}{{ l[loop.index0 - 1]['content'] }}",
  ],
  [
    'a list in a namespace, methods of the names that it has',
    "{% set ns = namespace(count=0, rows=[]) %}{% set ns.count = 1 %}{% set _ = ns.rows.append(m) %}{{ m.content.count('a') }}",
  ],
  ['an error and the date', "{{ raise_exception('After the system, a user!') }}{{ strftime_now('%d %b %Y') }}"],
  ['a prompt that speaks of imports and os.system', 'You may import os and call os.system("ls"), eval(x).{{ text }}'],
  ['a comment and a raw block', "{# it's {{ not #}{% raw %}{{ a' }}{% endraw %}{{ b }}"],
  ['a split and its last part', "{{ content.split('</think>')[-1].lstrip('\\n') }}"],
  [
    'numbers that are counted in a namespace',
    `{%- set state = namespace(text='', image=0) -%}{%- set state.text = state.text + 'a' -%}{{ images[state.image] }}
     {%- set state.image = state.image + 1 -%}{{ tools[state.image - 1].name }}`,
  ],
  [
    'numbers of a range, and one less',
    '{% for i in range(1, parts|length) %}{% set before = i - 1 %}{{ calls[before].name + parts[i] }}{% endfor %}',
  ],
  [
    'the begin of a text, by its length',
    "{% set end = (text + '.')|length - 2 %}{{ text[:end] }}{{ text[: 2 * (end|length - 1)] }}",
  ],
  [
    'names that are kept in a list',
    `{% set ns = namespace(seen=[], told=[]) %}{% for f in tools %}{% set space = f.name.split('.')[0] %}
     {% set ns.seen = ns.seen + [space] %}{% set ns.told = ns.told + ['"' + space + '"'] %}{% endfor %}{% for s in ns.seen %}{{ about[s] }}{% endfor %}`,
  ],
])('an honest template has no problem: %s', (_, template) => {
  expect(jinjaProblems(template)).toEqual([]);
});

test.each<[string, string, string]>([
  ['a call by a key of a message', '{{ messages[0][messages[0].content]() }}', 'computed-attribute'],
  ['a call of a variable', '{% set f = messages[messages[0].content] %}{{ f() }}', 'computed-attribute'],
  ['a call of two variables', "{% set a, b = tools[x], 1 %}{{ a('b') }}", 'computed-attribute'],
  ['a call in a namespace', '{% set ns.f = tools[x] %}{{ ns.f() }}', 'computed-attribute'],
  [
    'another macro by the name of a macro',
    `{% macro m(a) %}{{ a }}{% endmacro %}{% macro evil(b, k) %}{{ ''[k] }}{% endmacro %}{% macro run(m) %}{{ m(1, ${PARTS}) }}{% endmacro %}{{ run(evil) }}`,
    'computed-attribute',
  ],
  [
    'a later place of a macro',
    `{% macro m(a, b=1, k=2) %}{{ ''[k] }}{% endmacro %}{{ m(1, 2, ${PARTS}) }}`,
    'computed-attribute',
  ],
  [
    'what a macro is given unpacked',
    `{% macro m(a, k) %}{{ ''[k] }}{% endmacro %}{{ m(*['', ${PARTS}]) }}`,
    'computed-attribute',
  ],
  ['a token of the model', "{{ ''[bos_token][eos_token] }}", 'computed-attribute'],
  ['a token by another name', "{% set k = bos_token %}{{ ''[k] }}", 'computed-attribute'],
  ['one of several tokens', "{% for k in additional_special_tokens %}{{ ''[k] }}{% endfor %}", 'computed-attribute'],
  ['a token in a namespace', "{% set ns = namespace(k=eos_token) %}{{ ''[ns.k] }}", 'computed-attribute'],
  ['a text that is repeated again and again', "{% set x = 'a' * 9999 %}{{ x * 9999 }}", 'unbounded'],
  ['a text that is filled up and repeated', "{{ 'a'.center(99999) * 99 }}", 'unbounded'],
  [
    'a macro under another name',
    `{% macro m(k) %}{{ ''[k] }}{% endmacro %}{% set f = m %}{{ f(${PARTS}) }}`,
    'computed-attribute',
  ],
  ['a macro in a list', `{% macro m(k) %}{{ ''[k] }}{% endmacro %}{{ [m][0](${PARTS}) }}`, 'computed-attribute'],
  [
    'a macro in a namespace',
    `{% macro m(k) %}{{ ''[k] }}{% endmacro %}{% set n = namespace(f=m) %}{{ n.f(${PARTS}) }}`,
    'computed-attribute',
  ],
  [
    'a block that a macro calls',
    `{% macro m() %}{{ caller(${PARTS}) }}{% endmacro %}{% call(k) m() %}{{ ''[k] }}{% endcall %}`,
    'computed-attribute',
  ],
  [
    'a loop that calls itself',
    `{% for k in ['a'] recursive %}{{ ''[k] }}{{ loop([${PARTS}]) }}{% endfor %}`,
    'computed-attribute',
  ],
  [
    'what a macro is given without a name',
    `{% macro m() %}{{ ''[varargs[0]] }}{% endmacro %}{{ m(${PARTS}) }}`,
    'computed-attribute',
  ],
  [
    'what a macro is given by another name',
    `{% macro m() %}{{ ''[kwargs.a] }}{% endmacro %}{{ m(a=${PARTS}) }}`,
    'computed-attribute',
  ],
  ['every second letter of a text', "{{ ''['_x_xcxlxaxsxsx_x_'[::2]] }}", 'computed-attribute'],
  ['a text without its tags', "{{ ''['_<b>_class_<b>_'|striptags] }}", 'computed-attribute'],
  ['a text that is filled up', "{{ ''['x'.ljust(3, '_')] }}", 'computed-attribute'],
  [
    'a range that is given a text later',
    `{% for i in range(2) %}{% set i = ${PARTS} %}{{ ''[i] }}{% endfor %}`,
    'computed-attribute',
  ],
  [
    'a namespace of a number and then a text',
    `{% set n = namespace(a=0) %}{% set n.a = ${PARTS} %}{{ ''[n.a] }}{{ ''[n['a']] }}`,
    'computed-attribute',
  ],
  [
    'a namespace that is another thing elsewhere',
    `{% set n = namespace(a=0) %}{% set n = {'a': ${PARTS}} %}{{ ''[n.a] }}`,
    'computed-attribute',
  ],
  ['a text where a number ends', `{{ ''[1 - 1 or ${PARTS}] }}`, 'computed-attribute'],
  ['strings that follow one another', "{{ x['_' '_class_' '_'] }}", 'private-attribute'],
  ['a name of with', "{% with a = '_' ~ '_class_' ~ '_' %}{{ x[a] }}{% endwith %}", 'computed-attribute'],
  ["a macro's default", "{% macro m(a='_' ~ 'x') %}{{ x[a] }}{% endmacro %}{{ m() }}", 'computed-attribute'],
  ['a list that is added to', "{% set l = [] %}{{ l.append('_' ~ 'x') or '' }}{{ x[l[0]] }}", 'computed-attribute'],
  [
    'a mapping that is changed',
    "{% set d = {} %}{% set _ = d.update({'k': '_' ~ 'x'}) %}{{ x[d.k] }}",
    'computed-attribute',
  ],
  ['a text of parts that formats', "{{ ('{0._' ~ 'x}').format(messages) }}", 'computed-attribute'],
  ['a text that formats by attributes', "{{ '{0.role}'.format(messages) }}", 'computed-attribute'],
  [
    'the published attack',
    '{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}',
    'private-attribute',
  ],
  ['cycler', "{{ cycler.__init__.__globals__.os.popen('id').read() }}", 'private-attribute'],
  ['an item for an attribute', "{{ ''['__class__'] }}", 'private-attribute'],
  ['escapes in a text', "{{ ''['\\x5f\\u005fclass\\137_'] }}", 'private-attribute'],
  ['a character by its name', "{{ ''['\\N{LOW LINE}_class__'] }}", 'private-attribute'],
  ['wide letters', '{{ x.＿＿class＿＿ }}', 'private-attribute'],
  ['a private attribute', '{{ self._TemplateReference__context }}', 'private-attribute'],
  ['a keyword as text', '{{ x[dict(__class__=1)|first] }}', 'private-attribute'],
  ['the filter attr', '{{ x|attr(request.args.a) }}', 'computed-attribute'],
  ['the filter attr by map', "{{ [x]|map('attr', y)|list }}", 'computed-attribute'],
  ['an item put together', "{{ x['_' ~ '_class_' ~ '_'] }}", 'computed-attribute'],
  ['an item repeated', "{{ x['_' * 2 + 'class' + '_' * 2] }}", 'computed-attribute'],
  [
    'an item from parts in variables',
    "{% set a = '_' %}{% set b = 'class' %}{{ x[a + a + b + a + a] }}",
    'computed-attribute',
  ],
  [
    'an item from a variable of them',
    "{% set a = '_' %}{% set c = a + a + 'class' + a + a %}{% set d = c %}{{ x[d] }}",
    'computed-attribute',
  ],
  ['an item from a block', '{% set a %}_{% endset %}{{ x[a] }}', 'computed-attribute'],
  ['an item from a loop', "{% for a in ['_' ~ '_x'] %}{{ x[a] }}{% endfor %}", 'computed-attribute'],
  ['an item by a macro', '{% macro m() %}_{% endmacro %}{{ x[m()] }}', 'computed-attribute'],
  [
    'an item by the parameter of a macro',
    "{% macro m(k) %}{{ x[k] }}{% endmacro %}{{ m('_' ~ '_x') }}",
    'computed-attribute',
  ],
  ['an item joined', "{{ x[['_', '_class'] | join] }}", 'computed-attribute'],
  ['an attribute of items by a variable', '{{ xs | map(attribute=name) | list }}', 'computed-attribute'],
  ['an attribute of items put together', "{{ xs | map(attribute='_' ~ '_class') | list }}", 'computed-attribute'],
  ['lipsum', '{{ lipsum() }}', 'dangerous-name'],
  ['os', "{{ os.system('id') }}", 'dangerous-name'],
  ['popen of something', "{{ x.popen('id') }}", 'dangerous-name'],
  ['another template', "{% include '/etc/passwd' %}", 'other-template'],
  ['an import', "{% from 'a' import b %}", 'other-template'],
  ['a tag without an end', '{{ messages', 'unreadable'],
  ['a text without an end', "{{ 'a }}", 'unreadable'],
  ['a comment without an end', 'a {# b', 'unreadable'],
  ['a raw block that is to hide a tag', "{% raw %}{{ '{% endraw %}{{ x|attr('a') }}{{ ' }}", 'computed-attribute'],
])('a template that reaches for the interpreter has one: %s', (_, template, kind) => {
  expect(kinds(template)).toContain(kind);
});

test('a template of a million characters is not read', () => {
  expect(kinds('x'.repeat(1_000_001))).toEqual(['unreadable']);
});

test('a problem says where it is', () => {
  expect(jinjaProblems("ab{{ x|attr('y') }}")).toEqual([
    { kind: 'computed-attribute', message: 'the filter attr reaches any attribute', evidence: "attr('y') }}", at: 7 },
  ]);
});

test('any text is judged without an error', () => {
  const part = fc.constantFrom(
    '{{',
    '}}',
    '{%',
    '%}',
    '{#',
    '#}',
    "'",
    '"',
    '\\',
    '[',
    ']',
    '(',
    ')',
    '.',
    '|',
    ' ',
    'set',
    'a',
    '=',
    'raw',
    'in',
    'for',
    '~',
    '_',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 40 }), (parts) => {
      expect(jinjaProblems(parts.join('')).length).toBeLessThanOrEqual(20);
    }),
    { numRuns: 300, seed: 7 },
  );
});

test.each<[string, string]>([
  ['a range of a billion', '{% for i in range(999999999) %}x{% endfor %}'],
  ['a power', '{{ 9**9 }}'],
  ['a width of a billion', "{{ '%1000000000d'|format(1) }}"],
  ['a precision of a billion', "{{ '{:.1000000000f}'.format(1) }}"],
  ['a number in other digits', "{{ 'a' * 0xffffffff }}"],
  ['a number with an exponent', "{{ 'a' * (1e9|int) }}"],
  ['a text of a billion letters', "{{ 'a'.ljust(9_999_999_999) }}"],
  ['ranges in one another', `${'{% for i in range(9999) %}'.repeat(3)}x${'{% endfor %}'.repeat(3)}`],
  ['a text that doubles', '{% for i in messages %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}'],
  ['a macro without an end', '{% macro a() %}{{ a() }}{{ a() }}{% endmacro %}{{ a() }}'],
])('%s has no bounds', (_, template) => {
  expect(kinds(template)).toContain('unbounded');
});

test.each([
  "{% for i in range(0, messages|length) %}{{ messages[i].content }}{{ ' ' * 4 }}{% endfor %}",
  '{% macro show(x) %}{% for y in x %}{{ show(y) }}{% endfor %}{% endmacro %}{{ show(tools) }}',
  '{% for i in range(10) %}{% for j in range(10) %}{{ a + b }}{% endfor %}{% endfor %}',
])('an ordinary loop or macro has bounds: %s', (template) => {
  expect(jinjaProblems(template)).toEqual([]);
});
