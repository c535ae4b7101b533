"""CDDL (RFC 8610) as text."""

import re


def grouped(type_: str) -> str:
    """In parentheses where a choice would otherwise reach too far."""
    return f"({type_})" if " / " in type_ and not type_.startswith(("{", "[")) else type_


def spread(cddl: str) -> str:
    """One line of CDDL with each entry of a map on a line of its own."""
    out: list[str] = []
    depth, quoted = 0, False
    for position, character in enumerate(cddl):
        if character == '"':
            quoted = not quoted
        if quoted or character not in "{}, ":
            out.append(character)
        elif character == "{":
            depth += 1
            out.append("{\n" + "  " * depth)
        elif character == "}":
            depth -= 1
            out.append("\n" + "  " * depth + "}")
        elif character == "," and depth:
            out.append(",\n" + "  " * depth)
        elif character == " " and (
            cddl[position - 1] in "{," or cddl[position + 1 : position + 2] == "}"
        ):
            continue
        else:
            out.append(character)
    return re.sub(r"\{\s*\* tstr => value\s*\}", "{ * tstr => value }", "".join(out))
