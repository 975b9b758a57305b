"""The language of chat templates: Jinja in a sandbox, set up as transformers' `apply_chat_template` sets it up."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from jinja2 import Template, TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .base_model import unsupported

DEFAULT_TEMPLATE = """\
{%- for message in messages %}
{%- if message['role'] == 'assistant' %}
{{- '### Assistant:\\n' + message['content'] | trim + eos_token + '\\n\\n' }}
{%- elif message['role'] == 'system' %}
{{- '### System:\\n' + message['content'] | trim + '\\n\\n' }}
{%- else %}
{{- '### User:\\n' + message['content'] | trim + '\\n\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '### Assistant:\\n' }}
{%- endif %}"""

# The answer to a template that asks for today's date. The real one would make a model that was trained yesterday
# read, today, a prompt that it was not trained on.
_FIXED_DATE = datetime(2026, 1, 1)


def compile_template(source: str) -> Template:
    """The template, ready to render.

    Raises:
        TrainerError: `base_model_unsupported` when it is not valid Jinja.
    """
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_GenerationBlock, loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _FIXED_DATE.strftime
    try:
        return environment.from_string(source)
    except TemplateError as error:
        raise unsupported(f"The model's chat template is not valid: {error}") from error


def _to_json(value: Any, indent: int | None = None, ensure_ascii: bool = False) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=ensure_ascii)


def _raise_exception(message: str) -> None:
    raise TemplateError(message)


class _GenerationBlock(Extension):
    """Accepts `{% generation %}…{% endgeneration %}`, which some templates put around answers, as its plain body."""

    tags = {"generation"}  # noqa: RUF012 - declared so by the base class

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)
